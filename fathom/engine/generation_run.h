// One call of Generator::generate: which sequences are being decoded, which prompts wait, and whose pages are whose.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "fathom/base/rng.h"
#include "fathom/engine/generator.h"
#include "fathom/engine/stop_strings.h"
#include "fathom/nn/kv_cache.h"

namespace fathom::engine {

// New tokens a request may have: what it asks for, as far as the model's context allows.
std::int64_t new_token_limit(const GenerationRequest& request, std::int64_t context);

class GenerationRun {
 public:
  GenerationRun(const model::CausalLM& model, const text::Tokenizer* tokenizer, const GeneratorOptions& options,
                const std::vector<GenerationRequest>& requests, const Generator::OnText& on_text,
                const std::function<void(std::int64_t)>& on_finished, Generator::Statistics& statistics);

  // Until every request has its completions.
  std::vector<Completion> run();

 private:
  // A prompt in the cache whose samples have not all ended.
  struct Prompt {
    std::int64_t request;
    nn::KvCache::Sequence sequence;  // shared by the samples that are still to start; the last of them takes it
    std::int64_t pages;              // set aside for the prompt itself until its last sample ends
    std::int64_t next_sample = 0, ended = 0;
    at::Tensor logits;  // [vocab] fp32 on the CPU, after the prompt's last token
  };

  // A completion that is growing.
  struct Running {
    std::shared_ptr<Prompt> prompt;
    Completion* completion;
    const SamplingParams* params;
    nn::KvCache::Sequence sequence;
    std::int64_t pages;  // set aside for it
    std::int64_t limit;  // new tokens
    Rng rng;
    StopStrings stops;
    std::optional<text::StreamDecoder> decoder;
  };

  const GenerationRequest& request_of(const Prompt& prompt) const { return requests_[static_cast<std::size_t>(prompt.request)]; }
  std::int64_t prompt_pages(const GenerationRequest& request) const;
  std::int64_t sample_pages(const GenerationRequest& request) const;
  void plan_cache();
  void prefill();
  void start_samples();
  void decode();
  at::Tensor forward(const std::vector<nn::KvCache::Sequence>& sequences, const std::vector<std::int64_t>& lengths,
                     const std::vector<std::int64_t>& ids, bool prefill);
  void choose_tokens(std::vector<Running>& rows, const std::vector<const float*>& logits);
  // Notes a new token; true when it was the completion's last.
  bool take(Running& running, const SampledToken& token);
  void show(Running& running, std::string_view piece);
  void end(Running& running);

  const model::CausalLM& model_;
  const text::Tokenizer* tokenizer_;
  const GeneratorOptions& options_;
  const std::vector<GenerationRequest>& requests_;
  const Generator::OnText& on_text_;
  const std::function<void(std::int64_t)>& on_finished_;
  Generator::Statistics& statistics_;

  std::vector<Completion> completions_;
  std::vector<std::size_t> first_completion_;  // of each request
  std::optional<nn::KvCache> cache_;
  std::int64_t pages_left_ = 0;  // not set aside for anyone
  std::size_t next_request_ = 0;
  std::deque<std::shared_ptr<Prompt>> prompts_;  // with samples to start
  std::vector<Running> running_;
  std::int64_t finished_ = 0;
  std::vector<SampledToken> chosen_;
};

}  // namespace fathom::engine
