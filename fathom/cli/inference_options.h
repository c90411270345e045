// What the commands that generate text share: the model directory, how to sample, what ends a reply.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fathom/cli/common_options.h"
#include "fathom/engine/generator.h"
#include "fathom/model/causal_lm.h"
#include "fathom/text/chat_template.h"
#include "fathom/text/tokenizer.h"

namespace fathom::cli {

struct InferenceOptions {
  ComputeOptions compute;
  std::string model;
  engine::SamplingParams sampling;  // R1's evaluation settings unless said otherwise: temperature 0.6, top-p 0.95
  std::int64_t batch = 64;
  bool ignore_eos = false;

  InferenceOptions();
  // --model and the sampling options; `max_new_tokens` is the default of --max-new-tokens.
  void add_to(CLI::App& app, std::int64_t max_new_tokens);
};

// A model directory, opened for generation.
struct InferenceModel {
  std::unique_ptr<model::CausalLM> model;
  std::optional<text::Tokenizer> tokenizer;  // nullopt when the directory has no tokenizer.json
  engine::SamplingParams sampling;           // with the stop ids of the model

  const text::Tokenizer* tokenizer_or_null() const { return tokenizer ? &*tokenizer : nullptr; }
};

// Applies --threads and --device and loads the model: fp32 on the CPU, bf16 on CUDA. What ends a turn of `format` is among the
// stop ids. A tokenizer that cannot be used is an error only when `text_needed`, else a warning. Throws Error; UsageError for
// sampling values out of range.
InferenceModel open_for_inference(const InferenceOptions& options, text::PromptFormat format, bool text_needed = true);

// The tokenizer, or an Error that says what to do without one.
const text::Tokenizer& require_tokenizer(const InferenceModel& model, const InferenceOptions& options);

// "12 prompt tokens in 0.10 s, 40 new in 0.50 s (80.0 tokens/s); the cache takes 320 bytes a token"
std::string describe(const engine::Generator::Statistics& statistics);

}  // namespace fathom::cli
