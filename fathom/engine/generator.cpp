#include "fathom/engine/generator.h"

#include "fathom/base/error.h"
#include "fathom/engine/generation_run.h"

namespace fathom::engine {
namespace {

// `name` begins messages: "request 3: ", or nothing where there is but one.
void check(const GenerationRequest& request, const std::string& name, const model::ModelConfig& config, const text::Tokenizer* tokenizer) {
  request.params.validate();
  require(request.samples >= 1, "{}{} samples are asked for; at least one is needed", name, request.samples);
  require(!request.prompt_ids.empty(),
          "{}the prompt is empty; a model needs at least one token to go on from (for instance its beginning-of-sequence token)", name);
  for (std::size_t i = 0; i < request.prompt_ids.size(); ++i)
    require(request.prompt_ids[i] >= 0 && request.prompt_ids[i] < config.vocab_size,
            "{}prompt id {} (at place {}) is outside the model's vocabulary of {} tokens (0 to {})", name, request.prompt_ids[i], i,
            config.vocab_size, config.vocab_size - 1);
  require(
      static_cast<std::int64_t>(request.prompt_ids.size()) < config.max_position_embeddings,
      "{}the prompt has {} tokens, which leaves no room in the model's context of {} tokens (max_position_embeddings); shorten the prompt",
      name, request.prompt_ids.size(), config.max_position_embeddings);
  require(tokenizer != nullptr || request.params.stop_strings.empty(),
          "{}stop strings need the model's tokenizer to find them in the text; use stop ids", name);
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
  for (std::size_t i = 0; i < requests.size(); ++i)
    check(requests[i], requests.size() > 1 ? fmt::format("request {}: ", i) : "", model_.config(), tokenizer_);
  if (requests.empty()) return {};
  return GenerationRun(model_, tokenizer_, options_, requests, on_text, on_finished, statistics_).run();
}

const Generator::Statistics& Generator::statistics() const { return statistics_; }

}  // namespace fathom::engine
