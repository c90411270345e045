// Batched generation with a paged cache. A request's tokens depend on its prompt, parameters and seed alone, not on what
// else is in the batch.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fathom/engine/sampling.h"
#include "fathom/engine/token_constraint.h"
#include "fathom/model/causal_lm.h"
#include "fathom/text/tokenizer.h"

namespace fathom::engine {

struct GenerationRequest {
  std::vector<std::int64_t> prompt_ids;
  SamplingParams params;
  std::int64_t samples = 1;  // completions of this prompt; the prompt is processed once
  // Tokens that may follow; null: any. Log-probabilities are then those among the tokens that may.
  std::shared_ptr<const TokenConstraint> constraint = nullptr;
};

enum class FinishReason { stop, length };

struct Completion {
  std::int64_t request = 0, sample = 0;
  std::vector<std::int64_t> ids;  // new tokens; the stop token included when one ended it
  std::vector<float> log_probs;   // of each new token, as SampledToken::log_prob
  FinishReason finish = FinishReason::length;
  std::string text;  // when a tokenizer is given: decoded, special tokens skipped, cut at a stop string
};

struct GeneratorOptions {
  std::int64_t max_batch = 64;         // sequences decoded together
  std::int64_t cache_tokens = 0;       // 0: as many as max_batch sequences of the longest request need
  std::int64_t prefill_tokens = 4096;  // prompt tokens processed in one pass
};

class Generator {
 public:
  // `tokenizer` may be null: ids only (stop strings are then refused).
  Generator(const model::CausalLM& model, const text::Tokenizer* tokenizer, GeneratorOptions options = {});

  // Called with each piece of text (whole UTF-8 characters) as it is produced; request and sample name the completion.
  using OnText = std::function<void(std::int64_t request, std::int64_t sample, std::string_view piece)>;

  // Completions ordered by (request, sample). Throws Error when a prompt is empty, holds an id outside the vocabulary, or
  // leaves no room in the model's context (naming both lengths).
  std::vector<Completion> generate(const std::vector<GenerationRequest>& requests, const OnText& on_text = {},
                                   const std::function<void(std::int64_t finished)>& on_finished = {});

  struct Statistics {
    std::int64_t prompt_tokens = 0, generated_tokens = 0;
    double prefill_seconds = 0, decode_seconds = 0;
    std::int64_t cache_bytes_per_token = 0;
  };
  const Statistics& statistics() const;

 private:
  const model::CausalLM& model_;
  const text::Tokenizer* tokenizer_;
  GeneratorOptions options_;
  Statistics statistics_;
};

}  // namespace fathom::engine
