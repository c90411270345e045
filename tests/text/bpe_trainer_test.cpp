#include "fathom/text/bpe_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "tests/base/scratch_directory.h"
#include "tests/text/byte_level_tokenizers.h"

namespace fathom::text {
namespace {

using testing::HasSubstr;

BpeTrainerOptions bare(std::int64_t vocab_size, std::int64_t min_frequency = 1) {
  return {
      .vocab_size = vocab_size, .min_frequency = min_frequency, .special_tokens = {}, .bos_token = "", .eos_token = "", .pad_token = ""};
}

// The tokens beyond the bytes, in the order in which they were merged.
std::vector<std::string> learned(const Tokenizer& tokenizer) {
  std::vector<std::string> result;
  for (std::int64_t id = 256; id < tokenizer.vocab_size(); ++id) result.push_back(tokenizer.token_bytes(static_cast<TokenId>(id)));
  return result;
}

// The algorithm by its definition: count all pairs of all words, merge the most frequent, start over.
std::vector<std::string> learned_by_definition(const std::vector<std::string>& words, std::size_t merges) {
  std::vector<std::vector<int>> split;
  std::vector<std::string> bytes;
  std::map<std::string, int> ids;
  for (const std::uint8_t byte : bytes_in_spelling_order()) {
    ids[std::string(1, static_cast<char>(byte))] = static_cast<int>(bytes.size());
    bytes.emplace_back(1, static_cast<char>(byte));
  }
  for (const std::string& word : words) {
    split.emplace_back();
    for (const char c : word) split.back().push_back(ids.at(std::string(1, c)));
  }
  std::vector<std::string> result;
  while (result.size() < merges) {
    std::map<std::pair<int, int>, int> counts;
    for (const auto& word : split)
      for (std::size_t i = 0; i + 1 < word.size(); ++i) ++counts[{word[i], word[i + 1]}];
    std::pair<int, int> best;
    int most = 0;
    for (const auto& [pair, count] : counts) {  // in ascending order: the first of equal ones stays
      if (count > most) {
        best = pair;
        most = count;
      }
    }
    if (most == 0) break;
    const std::string joined = bytes[static_cast<std::size_t>(best.first)] + bytes[static_cast<std::size_t>(best.second)];
    const auto [entry, is_new] = ids.emplace(joined, static_cast<int>(bytes.size()));
    if (is_new) {
      bytes.push_back(joined);
      result.push_back(joined);
    }
    for (auto& word : split) {
      for (std::size_t i = 0; i + 1 < word.size(); ++i) {
        if (std::pair(word[i], word[i + 1]) != best) continue;
        word[i] = entry->second;
        word.erase(word.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      }
    }
  }
  return result;
}

TEST(BpeTrainer, LearnsTheMostFrequentPairFirst) {
  BpeTrainer trainer(bare(259));
  for (int i = 0; i < 3; ++i) trainer.add("low lower");
  trainer.add("new");
  // "lo" and "ow" occur six times each: 'l' has the smaller id. Of " l", "we" and "er" (three times each), "er" has.
  EXPECT_THAT(learned(trainer.train()), testing::ElementsAre("lo", "low", "er"));
}

TEST(BpeTrainer, AgreesWithTheDefinition) {
  Rng rng(5);
  for (int round = 0; round < 30; ++round) {
    const std::uint64_t letters = 2 + rng.below(4);
    std::vector<std::string> words;
    BpeTrainer trainer(bare(256 + 40));
    for (int i = 0; i < 40; ++i) {
      std::string word(1 + rng.below(12), 'a');
      for (char& c : word) c = static_cast<char>('a' + rng.below(letters));
      trainer.add(word);
      words.push_back(word);
    }
    ASSERT_EQ(learned(trainer.train()), learned_by_definition(words, 40)) << "round " << round;
  }
}

TEST(BpeTrainer, IsDeterministic) { EXPECT_EQ(trained_tokenizer().fingerprint(), trained_tokenizer().fingerprint()); }

TEST(BpeTrainer, OrderAndCutsOfTheTextDoNotMatter) {
  BpeTrainer one(bare(300)), other(bare(300));
  one.add("alpha beta");
  one.add("gamma alpha");
  other.add("gamma alpha");
  other.add("alpha beta");
  EXPECT_EQ(one.train().fingerprint(), other.train().fingerprint());
}

TEST(BpeTrainer, RarePairsStayApart) {
  BpeTrainer trainer(bare(300, /*min_frequency=*/2));
  trainer.add("abab cd");
  EXPECT_THAT(learned(trainer.train()), testing::ElementsAre("ab"));
}

TEST(BpeTrainer, DigitsStayApart) {
  const Tokenizer tokenizer = trained_tokenizer();
  const std::vector<TokenId> ids = tokenizer.encode("12345");
  EXPECT_EQ(ids.size(), 5u);
  BpeTrainerOptions options = bare(300);
  options.individual_digits = false;
  BpeTrainer trainer(options);
  trainer.add("12345 12345");
  EXPECT_EQ(trainer.train().encode("12345").size(), 1u);
}

TEST(BpeTrainer, SpecialTokensComeFirst) {
  const Tokenizer tokenizer = trained_tokenizer(300);
  EXPECT_EQ(tokenizer.vocab_size(), 300);
  EXPECT_EQ(tokenizer.token_id("<|begin_of_sentence|>"), 0);
  EXPECT_EQ(tokenizer.bos_id(), 0);
  EXPECT_EQ(tokenizer.eos_id(), 1);
  EXPECT_EQ(tokenizer.pad_id(), 2);
  EXPECT_EQ(tokenizer.token_bytes(5), "!");
  for (TokenId id = 0; id < 5; ++id) EXPECT_TRUE(tokenizer.is_special(id));
}

TEST(BpeTrainer, SpecialTokensInTheTextAreNoText) {
  BpeTrainer one({.vocab_size = 300}), other({.vocab_size = 300});
  for (int i = 0; i < 5; ++i) {
    one.add("<|User|>hello<|Assistant|>there");
    other.add("hello");
    other.add("there");
  }
  EXPECT_EQ(one.train().fingerprint(), other.train().fingerprint());
}

TEST(BpeTrainer, WhatItTrainsCanBeSavedAndLoaded) {
  const Tokenizer tokenizer = trained_tokenizer();
  const ScratchDirectory scratch;
  tokenizer.save(scratch.path());
  const Tokenizer again = Tokenizer::load(scratch.path());
  EXPECT_EQ(again.fingerprint(), tokenizer.fingerprint());
  EXPECT_EQ(again.eos_id(), tokenizer.eos_id());
  const std::string text = "The dog's 42 <|User|>Größe 你好";
  EXPECT_EQ(again.encode(text), tokenizer.encode(text));
  EXPECT_TRUE(read_json(scratch / "tokenizer_config.json").contains("chat_template"));
}

TEST(BpeTrainer, RefusesWhatCannotBe) {
  EXPECT_THAT(message_of<Error>([] { BpeTrainer({.vocab_size = 260}); }), HasSubstr("need 261"));
  EXPECT_THAT(message_of<Error>([] { BpeTrainer({.vocab_size = 300}).train(); }), HasSubstr("no text"));
  EXPECT_THAT(message_of<Error>([] { BpeTrainer({.vocab_size = 300, .eos_token = "<eos>"}); }), HasSubstr("<eos>"));
  EXPECT_THAT(message_of<Error>([] { BpeTrainer({.vocab_size = std::int64_t{1} << 40}); }), HasSubstr("too large"));
}

}  // namespace
}  // namespace fathom::text
