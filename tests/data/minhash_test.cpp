#include "fathom/data/minhash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <thread>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"
#include "tests/data/generated_text.h"

namespace fathom::data {
namespace {

using testing::HasSubstr;

TEST(MinHash, EstimatesTheJaccardSimilarity) {
  const MinHasher hasher({.permutations = 128});
  Rng rng(1);
  int documents = 0;
  double bias = 0.0, surprise = 0.0;  // the mean error, and the mean squared error in units of the expected one
  for (int i = 0; i < 600; ++i) {
    const Words words = random_words(rng, 80 + rng.below(200));
    const Words other = edited(words, rng, 0.02 + 0.1 * rng.uniform());
    const double truth = plain_jaccard(words, other, 5);
    if (truth <= 0.05 || truth >= 0.95) continue;
    const double estimate = estimate_jaccard(hasher.sign(joined(words)), hasher.sign(joined(other)));
    EXPECT_NEAR(exact_jaccard(joined(words), joined(other), {5, 8}), truth, 1e-12);
    bias += estimate - truth;
    surprise += (estimate - truth) * (estimate - truth) / (truth * (1 - truth) / 128);
    ++documents;
  }
  ASSERT_GT(documents, 400);
  EXPECT_NEAR(bias / documents, 0.0, 4 * 0.045 / std::sqrt(documents));
  EXPECT_NEAR(surprise / documents, 1.0, 5 * std::sqrt(2.0 / documents));  // as independent permutations would have it
}

TEST(MinHash, UnrelatedTextsShareNothing) {
  const MinHasher hasher({.permutations = 256});
  Rng rng(2);
  double most = 0.0;
  for (int i = 0; i < 50; ++i) {
    most = std::max(most, estimate_jaccard(hasher.sign(joined(random_words(rng, 500))), hasher.sign(joined(random_words(rng, 500)))));
  }
  EXPECT_LE(most, 1.0 / 256);
}

TEST(MinHash, IsAFunctionOfTheSetOfShingles) {
  const MinHasher hasher({});
  EXPECT_EQ(hasher.sign("One two, three four five six"), hasher.sign("one TWO three\nfour five; six."));
  // Repeating a passage adds the shingles at its seams only.
  Rng rng(3);
  const std::string passage = joined(random_words(rng, 400));
  EXPECT_GT(estimate_jaccard(hasher.sign(passage), hasher.sign(passage + " " + passage)), 0.95);
}

TEST(MinHash, Chinese) {
  const MinHasher hasher({});
  std::string text, changed;
  Rng rng(4);
  for (int i = 0; i < 600; ++i) {
    const auto character = static_cast<char32_t>(0x4E00 + rng.below(3000));
    const std::string utf8 = {static_cast<char>(0xE0 | character >> 12), static_cast<char>(0x80 | (character >> 6 & 0x3F)),
                              static_cast<char>(0x80 | (character & 0x3F))};
    text += utf8 + (i % 20 == 19 ? "，" : "");
    changed += (i == 300 ? std::string("变") : utf8) + (i % 30 == 29 ? "。\n" : "");
  }
  // One of 600 characters is another one: 8 of 593 shingles on each side.
  EXPECT_NEAR(exact_jaccard(text, changed, {5, 8}), 585.0 / 601, 1e-9);
  EXPECT_GT(estimate_jaccard(hasher.sign(text), hasher.sign(changed)), 0.9);
}

TEST(MinHash, ShortAndEmptyTexts) {
  const MinHasher hasher({});
  EXPECT_TRUE(hasher.sign("").empty());
  EXPECT_TRUE(hasher.sign("?! …").empty());
  EXPECT_EQ(hasher.sign("word").size(), 128u);
  EXPECT_EQ(hasher.sign("two words"), hasher.sign("Two words!"));
  EXPECT_LT(estimate_jaccard(hasher.sign("two words"), hasher.sign("two others")), 0.1);
  EXPECT_EQ(exact_jaccard("", "!", {5, 8}), 1.0);
  EXPECT_EQ(exact_jaccard("", "word", {5, 8}), 0.0);
}

// Stored signatures must mean the same in later versions: a change here asks for a new text_rules number in signature_store.cpp.
TEST(MinHash, SignaturesNeverChange) {
  const std::vector<std::uint32_t> signature =
      MinHasher({.permutations = 8}).sign("The quick brown fox jumps over the lazy dog. 敏捷的棕色狐狸跳过懒狗。");
  EXPECT_EQ(signature,
            (std::vector<std::uint32_t>{568540514, 415982816, 189416760, 1171159432, 146417184, 47033422, 108171531, 339938794}));
}

TEST(MinHash, EveryNumberOfPermutationsIsAPrefixOfMore) {
  const std::string text = "It was the best of times, it was the worst of times, it was the age of wisdom";
  const std::vector<std::uint32_t> most = MinHasher({.permutations = 200}).sign(text);
  for (const int permutations : {8, 16, 24, 40, 64, 96, 136}) {
    const std::vector<std::uint32_t> fewer = MinHasher({.permutations = permutations}).sign(text);
    EXPECT_TRUE(std::equal(fewer.begin(), fewer.end(), most.begin())) << permutations;
  }
  EXPECT_NE(MinHasher({.permutations = 200, .seed = 2}).sign(text), most);
}

TEST(MinHash, ThreadsShareAHasher) {
  const MinHasher hasher({});
  Rng rng(5);
  const std::string text = joined(random_words(rng, 2000));
  const std::vector<std::uint32_t> expected = hasher.sign(text);
  std::vector<std::vector<std::uint32_t>> results(4);
  std::vector<std::thread> threads;
  for (auto& result : results) threads.emplace_back([&] { result = hasher.sign(text); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

TEST(MinHash, RefusesWhatItCannotDo) {
  EXPECT_THAT(message_of<Error>([] { MinHasher({.permutations = 100}); }), HasSubstr("multiples of 8"));
  EXPECT_THAT(message_of<Error>([] { MinHasher({.shingle = {0, 8}}); }), HasSubstr("out of range"));
  EXPECT_THAT(message_of<Error>([] { estimate_jaccard(std::vector<std::uint32_t>(8), std::vector<std::uint32_t>(16)); }),
              HasSubstr("8 and 16 places"));
}

// A line of 100 MB: memory stays what it is, and the end counts.
TEST(MinHash, ALineOf100Megabytes) {
  const MinHasher hasher({.permutations = 8});
  std::string line(100'000'000, 'x');
  const std::vector<std::uint32_t> one_word = hasher.sign(line);
  line.back() = 'y';
  EXPECT_NE(hasher.sign(line), one_word);
  for (std::size_t i = 5; i < line.size(); i += 6) line[i] = i % 5 == 0 ? '\0' : '\xF0';
  EXPECT_EQ(hasher.sign(line).size(), 8u);
}

}  // namespace
}  // namespace fathom::data
