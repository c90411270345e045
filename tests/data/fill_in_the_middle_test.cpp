#include "fathom/data/fill_in_the_middle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fathom/base/error.h"
#include "fathom/text/bpe_trainer.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

using testing::HasSubstr;

text::Tokenizer tokenizer_with_marks() {
  text::BpeTrainerOptions options{.vocab_size = 300};
  for (const char* mark : {"<|fim_begin|>", "<|fim_hole|>", "<|fim_end|>"}) options.special_tokens.emplace_back(mark);
  text::BpeTrainer trainer(options);
  for (int i = 0; i < 5; ++i) trainer.add("some text, and more of the text that is here for the pairs");
  return trainer.train();
}

TEST(FillInTheMiddle, PutsTheMiddleBehindTheSuffix) {
  const text::Tokenizer tokenizer = tokenizer_with_marks();
  const FillInTheMiddle fim(1.0, 7, tokenizer);
  const std::string document = "some text, and a middle of it, and more";
  const FimParts parts = fim.cut(document, 3);
  EXPECT_EQ(std::string(parts.prefix) + std::string(parts.middle) + std::string(parts.suffix), document);
  const std::string spelled = tokenizer.decode(fim.encode(document, 3, true));
  EXPECT_EQ(spelled, "<|fim_begin|>" + std::string(parts.prefix) + "<|fim_hole|>" + std::string(parts.suffix) + "<|fim_end|>" +
                         std::string(parts.middle));
}

TEST(FillInTheMiddle, CutsEverywhereButNeverInsideACharacter) {
  const text::Tokenizer tokenizer = tokenizer_with_marks();
  const FillInTheMiddle fim(1.0, 7, tokenizer);
  const std::string document = "aé中😀b";
  std::set<std::size_t> borders;
  for (std::uint64_t hash = 0; hash < 300; ++hash) {
    const FimParts parts = fim.cut(document, hash);
    borders.insert(parts.prefix.size());
    borders.insert(parts.prefix.size() + parts.middle.size());
  }
  EXPECT_THAT(borders, testing::ElementsAre(0, 1, 3, 6, 10, 11));
  EXPECT_EQ(fim.cut("", 1).prefix, "");
  EXPECT_EQ(fim.cut("\xFF\xFF", 1).suffix.size() + fim.cut("\xFF\xFF", 1).middle.size() + fim.cut("\xFF\xFF", 1).prefix.size(), 2U);
}

TEST(FillInTheMiddle, AppliesToTheShareAskedFor) {
  const text::Tokenizer tokenizer = tokenizer_with_marks();
  const FillInTheMiddle fim(0.1, 7, tokenizer);
  int chosen = 0;
  for (std::uint64_t hash = 0; hash < 20'000; ++hash) chosen += fim.applies(hash) ? 1 : 0;
  EXPECT_NEAR(chosen, 2000, 200);
  EXPECT_FALSE(FillInTheMiddle(0.0, 7, tokenizer).applies(1));
}

TEST(FillInTheMiddle, IsRestoredForReading) {
  const text::Tokenizer tokenizer = tokenizer_with_marks();
  const FillInTheMiddle fim(1.0, 7, tokenizer);
  for (std::uint64_t hash = 0; hash < 20; ++hash) {
    std::vector<text::TokenId> ids = fim.encode("some text, and more of it", hash, true);
    ids.push_back(*tokenizer.eos_id());
    EXPECT_EQ(tokenizer.decode(fim.restore(ids)), "some text, and more of it<|end_of_sentence|>");
  }
  const std::vector<text::TokenId> plain = tokenizer.encode("some text");
  EXPECT_EQ(fim.restore(plain), plain);
}

TEST(FillInTheMiddle, NeedsItsTokens) {
  text::BpeTrainer trainer({.vocab_size = 270});
  trainer.add("text text");
  const text::Tokenizer tokenizer = trainer.train();
  EXPECT_THAT(message_of<UsageError>([&] { FillInTheMiddle(0.1, 1, tokenizer); }), HasSubstr("<|fim_begin|>"));
  EXPECT_NO_THROW(FillInTheMiddle(0.0, 1, tokenizer));
}

}  // namespace
}  // namespace fathom::data
