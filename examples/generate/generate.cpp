// generate MODEL_DIR QUESTION [MAX_NEW_TOKENS]: loads a model directory, puts the question as the model's conversations have it and prints
// the answer as it comes.
#include <fathom/engine/end_of_sequence.h>
#include <fathom/engine/generator.h>
#include <fathom/model/causal_lm.h>
#include <fathom/text/chat_template.h>
#include <fathom/text/tokenizer.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::fprintf(stderr, "usage: generate MODEL_DIR QUESTION [MAX_NEW_TOKENS]\n");
    return 2;
  }
  try {
    const auto tokenizer = fathom::text::Tokenizer::load(argv[1]);
    const auto model = fathom::model::CausalLM::load(argv[1]);

    fathom::engine::GenerationRequest request;
    for (const auto id : fathom::text::render_prompt(fathom::text::PromptFormat::chat, argv[2], tokenizer))
      request.prompt_ids.push_back(id);
    request.params.temperature = 0;  // always the most likely token
    request.params.max_new_tokens = argc == 4 ? std::atoll(argv[3]) : 32;
    request.params.stop_ids = fathom::engine::end_of_sequence_ids(argv[1], model->config(), &tokenizer);
    request.params.stop_ids.push_back(fathom::text::end_of_reply(fathom::text::PromptFormat::chat, tokenizer));

    fathom::engine::Generator generator(*model, &tokenizer);
    const auto completions = generator.generate({request}, [](std::int64_t, std::int64_t, std::string_view piece) {
      std::fwrite(piece.data(), 1, piece.size(), stdout);
      std::fflush(stdout);
    });
    std::printf("\n");
    std::fflush(stdout);
    std::fprintf(stderr, "%zu new tokens from %zu of the prompt; %lld parameters, %lld bytes of cache a token\n",
                 completions.at(0).ids.size(), request.prompt_ids.size(), static_cast<long long>(model->parameter_count()),
                 static_cast<long long>(generator.statistics().cache_bytes_per_token));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "generate: %s\n", error.what());
    return 1;
  }
}
