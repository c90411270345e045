// What a tokenizer adds to generation: text, streaming, stop strings.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/engine/end_of_sequence.h"
#include "fathom/engine/generator.h"
#include "fathom/text/bpe_trainer.h"
#include "tests/base/scratch_directory.h"
#include "tests/engine/tiny_models.h"

namespace fathom::engine {
namespace {

class GeneratorText : public testing::Test {
 protected:
  GeneratorText() : tokenizer_(train()) {
    model::ModelConfig config = tiny_llama();
    config.vocab_size = tokenizer_.vocab_size() + 20;  // padded, as real models are
    model_ = random_model(config);
    for (std::int64_t i = 0; i < 6; ++i) {
      GenerationRequest request;
      request.prompt_ids = {10 + i, 20, 30};
      request.params.max_new_tokens = 60;
      request.params.seed = 3;
      requests_.push_back(request);
    }
  }

  static text::Tokenizer train() {
    text::BpeTrainerOptions options;
    options.vocab_size = 300;
    text::BpeTrainer trainer(options);
    trainer.add("the other thing there, the thing that they think of: ä ö ü 中文 中文 ä ä");
    return trainer.train();
  }

  // What the ids say, special and unknown ones left out.
  std::string decoded(const Completion& completion) const {
    std::vector<text::TokenId> known;
    for (const std::int64_t id : completion.ids)
      if (id < tokenizer_.vocab_size()) known.push_back(static_cast<text::TokenId>(id));
    return tokenizer_.decode(known, true);
  }

  text::Tokenizer tokenizer_;
  std::unique_ptr<model::CausalLM> model_;
  std::vector<GenerationRequest> requests_;
};

TEST_F(GeneratorText, IsTheDecodedIdsHoweverItIsStreamed) {
  std::map<std::int64_t, std::string> streamed;
  const auto completions =
      Generator(*model_, &tokenizer_).generate(requests_, [&](std::int64_t request, std::int64_t, std::string_view piece) {
        streamed[request] += piece;
      });
  for (const Completion& completion : completions) {
    EXPECT_EQ(completion.text, decoded(completion));
    EXPECT_EQ(completion.text, streamed[completion.request]);
  }
}

TEST_F(GeneratorText, EndsBeforeAStopString) {
  const auto free = Generator(*model_, &tokenizer_).generate(requests_);
  int stopped = 0;
  for (std::size_t i = 0; i < free.size(); ++i) {
    const std::string& text = free[i].text;
    // A few characters out of the middle; ASCII only, so that they are characters.
    std::size_t at = text.size() / 3;
    while (at + 2 < text.size() && (static_cast<unsigned char>(text[at]) >= 128 || static_cast<unsigned char>(text[at + 1]) >= 128)) ++at;
    if (at + 2 >= text.size()) continue;
    GenerationRequest request = requests_[i];
    request.params.stop_strings = {"never to be seen", text.substr(at, 2)};
    std::string streamed;
    const auto completion = Generator(*model_, &tokenizer_).generate({request}, [&](std::int64_t, std::int64_t, std::string_view piece) {
      streamed += piece;
    })[0];
    EXPECT_EQ(completion.finish, FinishReason::stop);
    EXPECT_EQ(completion.text, text.substr(0, text.find(text.substr(at, 2))));
    EXPECT_EQ(streamed, completion.text);
    // The ids are those that were drawn, the one that completed the stop string included.
    ASSERT_LE(completion.ids.size(), free[i].ids.size());
    EXPECT_TRUE(std::equal(completion.ids.begin(), completion.ids.end(), free[i].ids.begin()));
    EXPECT_NE(decoded(completion).find(text.substr(at, 2)), std::string::npos);
    ++stopped;
  }
  EXPECT_GE(stopped, 2);
}

TEST_F(GeneratorText, AStopTokenHasNoText) {
  const auto free = Generator(*model_, &tokenizer_).generate(requests_)[0];
  GenerationRequest request = requests_[0];
  std::size_t at = 4;
  while (free.ids[at] >= tokenizer_.vocab_size() || tokenizer_.is_special(static_cast<text::TokenId>(free.ids[at]))) ++at;
  request.params.stop_ids = {free.ids[at]};
  const auto completion = Generator(*model_, &tokenizer_).generate({request})[0];
  EXPECT_EQ(completion.ids.back(), free.ids[at]);
  Completion without = completion;
  without.ids.pop_back();
  EXPECT_EQ(completion.text, decoded(without));
}

TEST_F(GeneratorText, EndOfSequenceIdsComeFromTheDirectory) {
  const ScratchDirectory scratch;
  model::ModelConfig config = tiny_llama();
  config.eos_token_ids = {7};
  EXPECT_EQ(end_of_sequence_ids(config, nullptr), (std::vector<std::int64_t>{7}));
  EXPECT_EQ(end_of_sequence_ids(config, &tokenizer_), (std::vector<std::int64_t>{*tokenizer_.eos_id(), 7}));
  EXPECT_EQ(end_of_sequence_ids(scratch.path(), config, nullptr), (std::vector<std::int64_t>{7}));
  const auto with = [&](const std::string& json) {
    write_file_atomically(scratch / "generation_config.json", json);
    return end_of_sequence_ids(scratch.path(), config, nullptr);
  };
  EXPECT_EQ(with("{\"eos_token_id\": 9}"), (std::vector<std::int64_t>{9}));
  EXPECT_EQ(with("{\"eos_token_id\": [12, 9]}"), (std::vector<std::int64_t>{9, 12}));
  EXPECT_EQ(with("{\"eos_token_id\": null}"), (std::vector<std::int64_t>{7}));
  EXPECT_EQ(with("{}"), (std::vector<std::int64_t>{7}));
  EXPECT_THROW(with("{\"eos_token_id\": \"end\"}"), Error);
}

}  // namespace
}  // namespace fathom::engine
