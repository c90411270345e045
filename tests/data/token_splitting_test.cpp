#include "fathom/data/token_splitting.h"

#include <gtest/gtest.h>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/text/bpe_trainer.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

// ByteLevel's words end at a line break, so that the joined tokens are added ones here.
text::Tokenizer tokenizer_with_joined() {
  const ScratchDirectory scratch;
  text::BpeTrainer trainer({.vocab_size = 300});
  trainer.add("some text, and more of the text that is here for the pairs");
  trainer.train().save(scratch.path());
  Json json = read_json(scratch / "tokenizer.json");
  text::TokenId id = 400;
  for (const char* joined : {").\n\n", ".\n", "。\n", "\n\n", "a.\n", "...", " ;\n"})
    json["added_tokens"].push_back({{"id", id++}, {"content", joined}, {"special", false}});
  write_file_atomically(scratch / "tokenizer.json", json.dump());
  return text::Tokenizer::load(scratch.path());
}

TEST(TokenSplitter, FindsTheTokensThatJoinPunctuationAndBreaks) {
  const text::Tokenizer tokenizer = tokenizer_with_joined();
  const TokenSplitter splitter(1.0, 1, tokenizer);
  EXPECT_EQ(splitter.candidates(), 4);
  for (const char* joined : {").\n\n", ".\n", "。\n", " ;\n"}) EXPECT_TRUE(splitter.is_candidate(*tokenizer.token_id(joined))) << joined;
  EXPECT_EQ(splitter.alternatives(*tokenizer.token_id(").\n\n")).size(), 3U);
  EXPECT_EQ(splitter.alternatives(*tokenizer.token_id("。\n")).size(), 1U);
}

TEST(TokenSplitter, PartsDecodeToTheSameBytes) {
  const text::Tokenizer tokenizer = tokenizer_with_joined();
  const TokenSplitter splitter(1.0, 1, tokenizer);
  for (text::TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    if (!splitter.is_candidate(id)) continue;
    for (const auto& way : splitter.alternatives(id)) {
      EXPECT_GE(way.size(), 2U);
      EXPECT_EQ(tokenizer.decode(way), tokenizer.token_bytes(id));
    }
  }
}

TEST(TokenSplitter, SplitsTheShareAskedForAndNothingElse) {
  const text::Tokenizer tokenizer = tokenizer_with_joined();
  const TokenSplitter all(1.0, 1, tokenizer), half(0.5, 1, tokenizer), none(0.0, 1, tokenizer);
  std::string text;
  for (int i = 0; i < 500; ++i) text += "word).\n\nmore, of ;\n it\n";
  const std::vector<text::TokenId> ids = tokenizer.encode(text);
  std::vector<text::TokenId> split = ids;
  const TokenSplitter::Counts counts = all.split(split, 5);
  EXPECT_EQ(counts.candidates, 1000);
  EXPECT_EQ(counts.split, counts.candidates);
  EXPECT_EQ(tokenizer.decode(split), text);
  std::vector<text::TokenId> partly = ids;
  const TokenSplitter::Counts some = half.split(partly, 5);
  EXPECT_EQ(tokenizer.decode(partly), text);
  EXPECT_EQ(some.candidates, counts.candidates);
  EXPECT_NEAR(static_cast<double>(some.split), 0.5 * static_cast<double>(some.candidates), 0.1 * static_cast<double>(some.candidates));
  std::vector<text::TokenId> same = ids;
  EXPECT_EQ(none.split(same, 5).split, 0);
  EXPECT_EQ(same, ids);
  // A function of the document's hash.
  std::vector<text::TokenId> again = ids;
  half.split(again, 5);
  EXPECT_EQ(again, partly);
}

}  // namespace
}  // namespace fathom::data
