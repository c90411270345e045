// Choosing the next token: temperature, top-k, top-p, without sorting the vocabulary.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/base/rng.h"

namespace fathom::engine {

struct SamplingParams {
  double temperature = 1.0;  // 0: the most likely token
  double top_p = 1.0;
  std::int64_t top_k = 0;  // 0: all
  std::int64_t max_new_tokens = 256;
  std::uint64_t seed = 0;
  std::vector<std::int64_t> stop_ids;     // end-of-sequence ids; empty with ignore_eos
  std::vector<std::string> stop_strings;  // the text ends before the first of them

  // Throws UsageError for values out of range, naming them.
  void validate() const;
};

struct SampledToken {
  std::int64_t id;
  // log softmax(logits / temperature)[id] over the whole vocabulary (temperature 0: of the unscaled logits), fp32: what
  // ops::linear_log_probs computes in training.
  float log_prob;
};

// logits: one row [vocab] fp32 on the CPU. `rng` advances by one draw.
SampledToken sample(const float* logits, std::int64_t vocab, const SamplingParams& params, Rng& rng);

}  // namespace fathom::engine
