// Citations that a model is allowed, and answers over passages by a model that knows nothing.
#include "fathom/ask/passage_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "fathom/ask/citation_constraint.h"
#include "fathom/base/error.h"
#include "fathom/text/bpe_trainer.h"
#include "tests/engine/tiny_models.h"

namespace fathom::ask {
namespace {

bool takes(std::string_view text, std::int64_t passages) { return CitationState(passages).take(text); }

TEST(CitationState, OnlyNumbersOfPassages) {
  for (const char* text : {"", "plain", "it is [1].", "[1][2]", "[12]", "[10", "[", "[see] [a1]", "[[3]", "[1] and [x"})
    EXPECT_TRUE(takes(text, 12)) << text;
  for (const char* text : {"[13]", "[0", "[01]", "[2x", "[1,2]", "[1 ]", "[130", "ok [1] then [99"}) EXPECT_FALSE(takes(text, 12)) << text;
  EXPECT_TRUE(takes("[3]", 3));
  EXPECT_FALSE(takes("[4", 3));
  EXPECT_FALSE(takes("[10]", 9));
}

TEST(CitationsIn, FindsEachOnce) {
  EXPECT_EQ(citations_in("a [2], b [1] c [2] [x] [3 [12]"), (std::vector<std::int64_t>{1, 2, 12}));
  EXPECT_TRUE(citations_in("none []").empty());
}

text::Tokenizer small_tokenizer() {
  text::BpeTrainerOptions options;
  options.vocab_size = 320;
  text::BpeTrainer trainer(options);
  for (int i = 0; i < 30; ++i) trainer.add("see [1] and [2] and [34] in [note] 12 345 ]] [[ the bassoon was made in Paris");
  return trainer.train();
}

TEST(CitationConstraint, ForbidsExactlyWhatTheStateRefuses) {
  const text::Tokenizer tokenizer = small_tokenizer();
  const CitationConstraint constraint(tokenizer, 3);
  const std::int64_t vocab = tokenizer.vocab_size() + 8;  // a vocabulary that was padded
  for (const char* so_far : {"", "see ", "see [", "see [1", "see [1]", "[note", "a [["}) {
    const std::vector<text::TokenId> encoded = tokenizer.encode(so_far);
    const std::vector<std::int64_t> ids(encoded.begin(), encoded.end());
    std::vector<float> logits(static_cast<std::size_t>(vocab), 0.0f);
    constraint.restrict(ids, logits.data(), vocab);
    for (std::int64_t id = 0; id < tokenizer.vocab_size(); ++id) {
      const auto token = static_cast<text::TokenId>(id);
      const std::string text = so_far + tokenizer.token_bytes(token);
      // A special token is not shown: between "[" and a number it would hide where the number begins.
      const bool special = tokenizer.decode({token}, true).empty(), open = text.starts_with("see [") && !text.starts_with("see [1]");
      const bool allowed = special ? !open && !text.starts_with("a [[") : takes(text, 3);
      EXPECT_EQ(std::isfinite(logits[static_cast<std::size_t>(id)]), allowed) << text;
    }
  }
}

// A model that likes nothing better than brackets and digits.
TEST(CitationConstraint, WhateverIsSampledCitesWhatThereIs) {
  const text::Tokenizer tokenizer = small_tokenizer();
  const CitationConstraint constraint(tokenizer, 12);
  const std::int64_t vocab = tokenizer.vocab_size();
  engine::SamplingParams sampling;
  std::size_t cited = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    std::vector<std::int64_t> ids;
    std::string text;
    for (int i = 0; i < 80; ++i) {
      std::vector<float> logits(static_cast<std::size_t>(vocab), 0.0f);
      for (std::int64_t id = 0; id < vocab; ++id)
        if (tokenizer.token_bytes(static_cast<text::TokenId>(id)).find_first_of("[]0123456789") != std::string::npos)
          logits[static_cast<std::size_t>(id)] = 4.0f;
      constraint.restrict(ids, logits.data(), vocab);
      ids.push_back(engine::sample(logits.data(), vocab, sampling, rng).id);
      text += tokenizer.decode({static_cast<text::TokenId>(ids.back())}, true);
      EXPECT_TRUE(takes(text, 12)) << text;
    }
    for (const std::int64_t number : citations_in(text)) EXPECT_TRUE(number >= 1 && number <= 12) << text;
    cited += citations_in(text).size();
  }
  EXPECT_GT(cited, 20u);
}

std::vector<search::Passage> passages(int count) {
  std::vector<search::Passage> made;
  for (int i = 0; i < count; ++i) {
    search::Passage passage;
    passage.title = "Title";
    passage.text = "The bassoon was made in Paris.";
    passage.before = "It is old.";
    made.push_back(passage);
  }
  return made;
}

TEST(PassagePrompt, NumbersPassagesAndEndsWithTheQuestion) {
  const std::string prompt = passage_prompt("Where?", passages(2));
  EXPECT_NE(prompt.find("[2] Title: It is old. The bassoon was made in Paris. \n"), std::string::npos) << prompt;
  EXPECT_TRUE(prompt.ends_with("Question: Where?"));
  EXPECT_NE(prompt.find(no_answer), std::string::npos);
}

class PassageWriterTest : public testing::Test {
 protected:
  std::unique_ptr<model::CausalLM> model(std::int64_t context) const {
    model::ModelConfig config = engine::tiny_llama();
    config.vocab_size = tokenizer_.vocab_size() + 20;  // padded, as real models are
    config.max_position_embeddings = context;
    return engine::random_model(config);
  }
  text::Tokenizer tokenizer_ = small_tokenizer();
};

TEST_F(PassageWriterTest, StreamsWhatItWrites) {
  const auto rambling = model(4096);
  engine::SamplingParams sampling;
  sampling.max_new_tokens = 60;
  PassageWriter writer(*rambling, tokenizer_, sampling, text::PromptFormat::plain);
  std::string streamed;
  const search::WrittenAnswer written = writer.write("Where?", passages(3), [&](std::string_view piece) {
    streamed += piece;
    return true;
  });
  EXPECT_FALSE(written.text.empty());
  EXPECT_EQ(streamed, written.text);
  EXPECT_EQ(written.cited, citations_in(written.text));
}

TEST_F(PassageWriterTest, StopsWhenNobodyReads) {
  const auto rambling = model(4096);
  engine::SamplingParams sampling;
  sampling.max_new_tokens = 50;
  PassageWriter writer(*rambling, tokenizer_, sampling, text::PromptFormat::plain);
  int pieces = 0;
  const search::WrittenAnswer written = writer.write("Where?", passages(1), [&](std::string_view) { return ++pieces < 3; });
  EXPECT_EQ(pieces, 3);
  EXPECT_FALSE(written.answered);
}

TEST_F(PassageWriterTest, LeavesOutWhatDoesNotFit) {
  const auto small = model(64);
  PassageWriter writer(*small, tokenizer_, {}, text::PromptFormat::plain);
  EXPECT_THROW(writer.write("Where?", passages(2), [](std::string_view) { return true; }), Error);
  const std::int64_t one = static_cast<std::int64_t>(tokenizer_.encode(passage_prompt("Where?", passages(1))).size());
  const auto larger = model(one + one / 2);
  engine::SamplingParams sampling;
  sampling.max_new_tokens = 8;
  EXPECT_NO_THROW(
      PassageWriter(*larger, tokenizer_, sampling, text::PromptFormat::plain).write("Where?", passages(9), [](std::string_view) {
        return true;
      }));
}

}  // namespace
}  // namespace fathom::ask
