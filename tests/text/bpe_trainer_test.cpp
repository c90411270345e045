#include "fathom/text/bpe_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/text/pre_tokenizer_recipes.h"
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
  options.pre_tokenizer = pre_tokenizer_recipe("gpt2");
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

TEST(BpeTrainer, NeitherThreadsNorMemoryNorOrderChangeTheVocabulary) {
  std::vector<std::string> texts;
  Rng rng(8);
  for (int i = 0; i < 400; ++i) {
    std::string text;
    for (int j = 0; j < 60; ++j) text += " item" + std::to_string(rng.below(20'000)) + (j % 7 == 0 ? "、數字\n" : ", aaaaaaa");
    texts.push_back(text);
  }
  const auto trained = [&](const BpeTrainerOptions& options, bool backwards) {
    BpeTrainer trainer(options);
    const auto add = [&](std::size_t first) {
      for (std::size_t i = first; i < texts.size(); i += static_cast<std::size_t>(options.threads))
        trainer.add(texts[backwards ? texts.size() - 1 - i : i]);
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < options.threads; ++i) threads.emplace_back(add, static_cast<std::size_t>(i));
    for (std::thread& thread : threads) thread.join();
    const std::uint64_t fingerprint = trainer.train().fingerprint();
    EXPECT_EQ(trainer.statistics().runs > 0, options.memory_bytes > 0);
    EXPECT_EQ(trainer.statistics().learned_on_disk, options.memory_bytes > 0);
    return fingerprint;
  };
  BpeTrainerOptions options;
  options.vocab_size = 900;
  options.pre_tokenizer = pre_tokenizer_recipe("gpt2");
  const std::uint64_t expected = trained(options, false);
  EXPECT_EQ(trained(options, true), expected);
  const ScratchDirectory scratch;
  options.scratch_directory = scratch.path();
  for (const int threads : {1, 3}) {
    options.threads = threads;
    for (const std::int64_t memory : {0, 1}) {
      options.memory_bytes = memory;
      EXPECT_EQ(trained(options, threads == 3), expected) << threads << " threads, " << memory << " bytes";
    }
  }
  EXPECT_EQ(scratch.entries(), 0u);
}

TEST(BpeTrainer, TokensAreNoLongerThanAskedFor) {
  BpeTrainerOptions options = bare(300);
  options.max_token_bytes = 3;
  BpeTrainer trainer(options);
  for (int i = 0; i < 5; ++i) trainer.add("transformation aaaaaaaaaa");
  const std::vector<std::string> tokens = learned(trainer.train());
  EXPECT_GT(tokens.size(), 4u);
  for (const std::string& token : tokens) EXPECT_LE(token.size(), 3u);
}

TEST(BpeTrainer, BytesThatAreNoTextAreWords) {
  BpeTrainer trainer(bare(300));
  for (int i = 0; i < 5; ++i) trainer.add("caf\xE9 caf\xE9 \xFF\xFE");
  const Tokenizer tokenizer = trainer.train();
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("caf\xE9 \xFF")), "caf\xE9 \xFF");
  EXPECT_THAT(learned(tokenizer), testing::Contains("caf"));
}

TEST(BpeTrainer, ReportsEveryMerge) {
  BpeTrainer trainer(bare(260));
  trainer.add("banana banana");
  std::vector<std::int64_t> reported;
  trainer.train([&](const BpeTrainer::Progress& progress) {
    EXPECT_EQ(progress.vocab_size, 260);
    reported.push_back(progress.tokens);
  });
  EXPECT_THAT(reported, testing::ElementsAre(257, 258, 259, 260));
}

TEST(BpeTrainer, AModelsVocabularyCanBePadded) {
  // DeepSeek LLM §2: 100,000 tokens and 15 special ones, 102,400 ids in the model.
  const auto padded = [](std::int64_t vocab_size, std::int64_t multiple) {
    BpeTrainerOptions options = bare(vocab_size);
    options.model_vocab_multiple = multiple;
    BpeTrainer trainer(options);
    for (int i = 0; i < 10; ++i) trainer.add("many words for many tokens in a vocabulary");
    const ScratchDirectory scratch;
    trainer.train().save(scratch.path());
    const Tokenizer again = Tokenizer::load(scratch.path());
    EXPECT_EQ(again.vocab_size(), vocab_size);
    return again.model_vocab_size();
  };
  EXPECT_EQ(padded(270, 1), 270);
  EXPECT_EQ(padded(270, 128), 384);
  EXPECT_EQ(padded(272, 16), 272);
}

TEST(BpeTrainer, APaddedVocabularyIsNoSmallerThanTheTokenizers) {
  const ScratchDirectory scratch;
  trained_tokenizer(300).save(scratch.path());
  for (const char* wrong : {"299", "-1", "\"many\"", "1.5"}) {
    write_file_atomically(scratch / "tokenizer_config.json", std::string("{\"model_vocab_size\": ") + wrong + "}");
    EXPECT_THAT(message_of<Error>([&] { Tokenizer::load(scratch.path()).model_vocab_size(); }), HasSubstr("model_vocab_size")) << wrong;
  }
}

TEST(BpeTrainer, RefusesWhatCannotBe) {
  EXPECT_THAT(message_of<Error>([] {
                BpeTrainerOptions options = bare(300);
                options.special_tokens = {"\u0120the"};  // as " the" is spelled
                BpeTrainer trainer(options);
                trainer.add("in the house, on the roof");
                trainer.train();
              }),
              HasSubstr("the special token '\u0120the'"));
  EXPECT_THAT(message_of<Error>([] {
                BpeTrainer({.vocab_size = 300, .special_tokens = {"<a>", "<a>"}, .bos_token = "", .eos_token = "", .pad_token = ""});
              }),
              HasSubstr("'<a>' is given twice"));
  EXPECT_THAT(message_of<Error>([] { BpeTrainer({.vocab_size = 300, .max_token_bytes = 1}); }), HasSubstr("nothing to merge"));
  EXPECT_THAT(message_of<Error>([] { BpeTrainer({.vocab_size = 300, .pre_tokenizer = {{"type", "Whitespace"}}}); }),
              HasSubstr("'Whitespace'"));
  EXPECT_THAT(message_of<Error>([] { BpeTrainer({.vocab_size = 260}); }), HasSubstr("need 261"));
  EXPECT_THAT(message_of<Error>([] { BpeTrainer({.vocab_size = 300}).train(); }), HasSubstr("no text"));
  EXPECT_THAT(message_of<Error>([] { BpeTrainer({.vocab_size = 300, .eos_token = "<eos>"}); }), HasSubstr("<eos>"));
  EXPECT_THAT(message_of<Error>([] { BpeTrainer({.vocab_size = std::int64_t{1} << 40}); }), HasSubstr("too large"));
}

}  // namespace
}  // namespace fathom::text
