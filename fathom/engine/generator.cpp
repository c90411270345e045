#include "fathom/engine/generator.h"

#include "fathom/base/error.h"
#include "fathom/engine/generation_run.h"

namespace fathom::engine {
namespace {

void check(const GenerationRequest& request, std::size_t number, const model::ModelConfig& config, const text::Tokenizer* tokenizer) {
  request.params.validate();
  require(request.samples >= 1, "request {} asks for {} samples; at least one is needed", number, request.samples);
  require(!request.prompt_ids.empty(),
          "request {} has an empty prompt; a model needs at least one token to go on from (for instance its "
          "beginning-of-sequence token)",
          number);
  for (std::size_t i = 0; i < request.prompt_ids.size(); ++i)
    require(request.prompt_ids[i] >= 0 && request.prompt_ids[i] < config.vocab_size,
            "request {}: prompt id {} (at place {}) is outside the model's vocabulary of {} tokens (0 to {})", number,
            request.prompt_ids[i], i, config.vocab_size, config.vocab_size - 1);
  require(
      static_cast<std::int64_t>(request.prompt_ids.size()) < config.max_position_embeddings,
      "request {}: the prompt has {} tokens, which leaves no room in the model's context of {} tokens (max_position_embeddings); shorten "
      "the prompt",
      number, request.prompt_ids.size(), config.max_position_embeddings);
  require(tokenizer != nullptr || request.params.stop_strings.empty(),
          "request {} has stop strings, which need the model's tokenizer to find them in the text; use stop ids", number);
}

}  // namespace

Generator::Generator(const model::CausalLM& model, const text::Tokenizer* tokenizer, GeneratorOptions options)
    : model_(model), tokenizer_(tokenizer), options_(options) {
  require(options_.max_batch >= 1 && options_.prefill_tokens >= 1 && options_.cache_tokens >= 0,
          "generation needs a batch and prefill size of at least 1 and a cache size of at least 0; got {}, {} and {}", options_.max_batch,
          options_.prefill_tokens, options_.cache_tokens);
}

std::vector<Completion> Generator::generate(const std::vector<GenerationRequest>& requests, const OnText& on_text,
                                            const std::function<void(std::int64_t finished)>& on_finished) {
  for (std::size_t i = 0; i < requests.size(); ++i) check(requests[i], i, model_.config(), tokenizer_);
  if (requests.empty()) return {};
  return GenerationRun(model_, tokenizer_, options_, requests, on_text, on_finished, statistics_).run();
}

const Generator::Statistics& Generator::statistics() const { return statistics_; }

}  // namespace fathom::engine
