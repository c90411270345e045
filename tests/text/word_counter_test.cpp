#include "fathom/text/word_counter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/text/pre_tokenizer_recipes.h"
#include "tests/base/scratch_directory.h"

namespace fathom::text {
namespace {

using testing::HasSubstr;
using Counts = std::vector<std::pair<std::string, std::int64_t>>;

// Words of 0 to 20 bytes of a small alphabet with NUL and 0xFF in it, so that they share beginnings and repeat.
std::vector<std::string> random_words(std::uint64_t seed, std::size_t count) {
  Rng rng(seed);
  const std::string alphabet("ab\0\xFF", 4);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < count; ++i) {
    std::string word(rng.below(2) == 0 ? rng.below(5) : rng.below(21), 'a');
    for (char& c : word) c = alphabet[rng.below(alphabet.size())];
    words.push_back(word);
  }
  return words;
}

Counts counted(const std::vector<std::string>& words) {
  std::map<std::string, std::int64_t> counts;  // std::string orders by unsigned bytes
  for (const std::string& word : words) ++counts[word];
  return {counts.begin(), counts.end()};
}

Counts read(WordSource& source) {
  Counts counts;
  while (source.next()) counts.emplace_back(source.word(), source.count());
  return counts;
}

TEST(WordTable, CountsAndSortsByBytes) {
  const std::vector<std::string> words = random_words(1, 20'000);
  WordTable table;
  for (const std::string& word : words) EXPECT_TRUE(table.add(word));
  EXPECT_EQ(table.size(), counted(words).size());
  table.sort();
  EXPECT_EQ(read(*read_words(table)), counted(words));
}

TEST(WordTable, TellsWordsApartThatOnlyDifferInLength) {
  WordTable table;
  std::vector<std::string> words;
  for (std::size_t length = 0; length < 12; ++length) words.emplace_back(length, '\0');
  for (const std::string& word : words) table.add(word);
  table.sort();
  EXPECT_EQ(read(*read_words(table)), counted(words));
}

TEST(WordTable, StaysBelowItsLimit) {
  constexpr std::size_t limit = 1 << 18;
  WordTable table(limit);
  std::size_t refused = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::string word = "word number " + std::to_string(i);
    if (!table.add(word)) {
      ++refused;
      EXPECT_TRUE(table.add("word number 0") || table.size() > 0);
      table.clear();
      EXPECT_TRUE(table.add(word));
    }
    ASSERT_LE(table.bytes(), limit);
  }
  EXPECT_GT(refused, 2u);
}

TEST(WordTable, AnEmptyTableTakesAWordOfAnyLength) {
  WordTable table(1);
  const std::string word(1 << 20, 'x');
  EXPECT_TRUE(table.add(word));
  EXPECT_TRUE(table.add(word));  // needs no more memory
  EXPECT_FALSE(table.add("another, of more than eight bytes"));
}

TEST(WordRun, ReadsWhatWasWritten) {
  const ScratchDirectory scratch;
  std::vector<std::string> words = random_words(2, 20'000);
  words.push_back(std::string(300'000, 'q'));  // longer than any buffer
  words.push_back(std::string(300'000, 'q') + "r");
  WordTable table;
  for (const std::string& word : words) table.add(word);
  for (int i = 0; i < 300; ++i) table.add("often");
  for (int i = 0; i < 300; ++i) words.push_back("often");
  table.sort();
  const WordRun run = WordRun::write(table, scratch.path());
  EXPECT_EQ(read(*run.read()), counted(words));
  EXPECT_EQ(read(*run.read()), counted(words)) << "a run can be read again";
}

// All words by a counter of the given limits, with `text` cut into pieces of ten words for each of the threads.
Counts counted_by(WordCounterOptions options, const std::vector<std::string>& texts, std::int64_t* runs = nullptr) {
  const auto pre_tokenizer = make_pre_tokenizer(pre_tokenizer_recipe("gpt2"), "test");
  const AddedTokens special;
  const ScratchDirectory scratch;
  options.scratch_directory = scratch.path();
  WordCounter counter(*pre_tokenizer, special, options);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < options.threads; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t i = static_cast<std::size_t>(thread); i < texts.size(); i += static_cast<std::size_t>(options.threads))
        counter.add(texts[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  Counts counts;
  counter.for_each_word([&](std::string_view word, std::int64_t count) { counts.emplace_back(word, count); });
  if (runs != nullptr) *runs = counter.runs_written();
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
  return counts;
}

TEST(WordCounter, NeitherThreadsNorMemoryChangeTheCounts) {
  Rng rng(3);
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (int j = 0; j < 10; ++j)
      text += " w" + std::to_string(rng.below(2) == 0 ? rng.below(100) : rng.below(1'000'000)) + std::string(rng.below(6), 'e');
    texts.push_back(text);
  }
  const Counts expected = counted_by({}, texts);
  EXPECT_GT(expected.size(), 10'000u);
  for (const int threads : {1, 2, 4}) {
    for (const std::int64_t memory : {std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 19}) {
      std::int64_t runs = 0;
      ASSERT_EQ(counted_by({.threads = threads, .memory_bytes = memory, .scratch_directory = {}}, texts, &runs), expected);
      EXPECT_EQ(runs > 0, memory > 0) << threads << " threads, " << memory << " bytes";
    }
  }
}

TEST(WordCounter, MergesRunsWhenThereAreMany) {
  std::vector<std::string> texts;
  for (int i = 0; i < 100'000; ++i) texts.push_back("word" + std::to_string(i));
  std::int64_t runs = 0;
  EXPECT_EQ(counted_by({.threads = 1, .memory_bytes = 1, .scratch_directory = {}}, texts, &runs).size(), counted_by({}, texts).size());
  EXPECT_GT(runs, 64);
}

TEST(WordCounter, PassesOverSpecialTokens) {
  const auto pre_tokenizer = make_pre_tokenizer(pre_tokenizer_recipe("gpt2"), "test");
  AddedTokens special;
  special.add({0, "<|end|>", true});
  WordCounter counter(*pre_tokenizer, special, {});
  counter.add("one<|end|>two<|end|>");
  Counts counts;
  counter.for_each_word([&](std::string_view word, std::int64_t count) { counts.emplace_back(word, count); });
  EXPECT_EQ(counts, (Counts{{"one", 1}, {"two", 1}}));
  EXPECT_THAT(message_of<Error>([&] { counter.add("three"); }), HasSubstr("after the words were counted"));
}

TEST(WordCounter, SaysWhereItCannotWrite) {
  const auto pre_tokenizer = make_pre_tokenizer(pre_tokenizer_recipe("gpt2"), "test");
  const AddedTokens special;
  WordCounter counter(*pre_tokenizer, special, {.threads = 1, .memory_bytes = 1, .scratch_directory = "/no/such/folder"});
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += " word" + std::to_string(i);
  EXPECT_THAT(message_of<Error>([&] { counter.add(text); }), HasSubstr("/no/such/folder"));
}

}  // namespace
}  // namespace fathom::text
