#include "fathom/data/shingles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Word> words_of(std::string_view text, std::size_t batch = 16) {
  std::vector<Word> all, some(batch);
  WordScanner scanner(text);
  while (const std::size_t count = scanner.next(some))
    all.insert(all.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
  return all;
}

std::vector<std::string> pieces(std::string_view text, std::size_t batch = 16) {
  std::vector<std::string> result;
  for (const Word& word : words_of(text, batch)) result.emplace_back(text.substr(word.begin, word.end - word.begin));
  return result;
}

std::vector<std::uint64_t> hashes(std::string_view text) {
  std::vector<std::uint64_t> result;
  for (const Word& word : words_of(text)) result.push_back(word.hash);
  return result;
}

std::vector<Shingle> shingles_of(std::string_view text, ShingleSize size) {
  std::vector<Shingle> all;
  for_each_shingle(text, size, [&](const Shingle& shingle) { all.push_back(shingle); });
  return all;
}

std::vector<std::string> shingle_texts(std::string_view text, ShingleSize size) {
  std::vector<std::string> result;
  for (const Shingle& shingle : shingles_of(text, size)) result.emplace_back(text.substr(shingle.begin, shingle.end - shingle.begin));
  return result;
}

TEST(WordScanner, FindsWords) {
  EXPECT_THAT(pieces("Don't panic: 42 times!"), ElementsAre("Don", "t", "panic", "42", "times"));
  EXPECT_THAT(pieces("naïve Ünïcode, ещё раз"), ElementsAre("naïve", "Ünïcode", "ещё", "раз"));
  EXPECT_THAT(pieces("한국어 문장"), ElementsAre("한국어", "문장"));
  EXPECT_THAT(pieces(""), IsEmpty());
  EXPECT_THAT(pieces(" … !?\n— "), IsEmpty());
}

TEST(WordScanner, ScriptsWithoutSpacesAreCharacters) {
  EXPECT_THAT(pieces("我爱GPT4模型。"), ElementsAre("我", "爱", "GPT4", "模", "型"));
  EXPECT_THAT(pieces("カードです"), ElementsAre("カ", "ー", "ド", "で", "す"));
  const std::vector<Word> words = words_of("我abc");
  EXPECT_TRUE(words[0].character);
  EXPECT_FALSE(words[1].character);
  EXPECT_THAT(pieces("\U00020000\U00020001"), ElementsAre("\U00020000", "\U00020001"));  // beyond the basic plane
}

TEST(WordScanner, CaseAndSurroundingsMakeNoDifference) {
  EXPECT_EQ(hashes("Straight ÉCOLE longerthaneight"), hashes("straight, école\nLONGERTHANEIGHT"));
  EXPECT_EQ(hashes("\u212Aelvin"), hashes("Kelvin"));  // the Kelvin sign folds to k: both ways of hashing agree
  EXPECT_EQ(hashes("\u212Aabcdefg"), hashes("kABCDEFG"));
  EXPECT_NE(hashes("abcdefgh"), hashes("abcdefgi"));
  EXPECT_NE(hashes("a"), hashes("aa"));
  // A word at the end of the text is hashed without reading beyond it.
  EXPECT_EQ(hashes("word")[0], hashes("word and more")[0]);
  EXPECT_EQ(hashes(std::string(1000, 'q'))[0], hashes(std::string(1000, 'Q') + " z")[0]);
}

TEST(WordScanner, KnowsLineBeginnings) {
  const std::vector<Word> words = words_of("one two\n  three\r\n\n四");
  ASSERT_EQ(words.size(), 4u);
  EXPECT_TRUE(words[0].begins_line);
  EXPECT_FALSE(words[1].begins_line);
  EXPECT_TRUE(words[2].begins_line);
  EXPECT_TRUE(words[3].begins_line);
}

TEST(WordScanner, BadBytesSeparate) {
  EXPECT_THAT(pieces("one\xFFtwo\xE4\xBD three"), ElementsAre("one", "two", "three"));
  EXPECT_THAT(pieces(std::string_view("a\0b", 3)), ElementsAre("a", "b"));
  EXPECT_THAT(pieces("\xE4\xBD"), IsEmpty());
}

TEST(WordScanner, BatchesMakeNoDifference) {
  const std::string text = "The 快速 brown fox\njumps über the 懒 dog.";
  for (std::size_t batch = 1; batch < 12; ++batch) EXPECT_EQ(pieces(text, batch), pieces(text)) << batch;
}

TEST(Shingles, SlidesOverWordsAndCharacters) {
  EXPECT_THAT(shingle_texts("a b c d", {3, 5}), ElementsAre("a b c", "b c d"));
  EXPECT_THAT(shingle_texts("一二三四五六", {3, 5}), ElementsAre("一二三四五", "二三四五六"));
  EXPECT_THAT(shingle_texts("a b", {3, 5}), IsEmpty());
  EXPECT_THAT(shingle_texts("a, b", {1, 5}), ElementsAre("a", "b"));
  EXPECT_EQ(shingles_of("A b, C", {3, 5})[0].hash, shingles_of("a B c", {3, 5})[0].hash);
  EXPECT_NE(shingles_of("a b c", {3, 5})[0].hash, shingles_of("a c b", {3, 5})[0].hash);
}

TEST(Shingles, MixedRunsDependOnNothingAround) {
  // With {2, 4} a word is half a shingle and a character a quarter. Each run is the shortest that is full.
  EXPECT_THAT(shingle_texts("一二 word 三四", {2, 4}), ElementsAre("一二 word", "二 word 三", "word 三四"));
  EXPECT_THAT(shingle_texts("三一二三 word", {2, 4}), ElementsAre("三一二三", "一二三 word", "二三 word"));
  const auto alone = shingles_of("二三 word", {2, 4});
  const auto inside = shingles_of("x y 一二三 word 五", {2, 4});
  ASSERT_EQ(alone.size(), 1u);
  EXPECT_THAT(inside, testing::Contains(testing::Field(&Shingle::hash, alone[0].hash)));
}

TEST(Shingles, GivesShortTextsWhole) {
  const auto whole = [](std::string_view text) { return for_each_shingle(text, {3, 5}, [](const Shingle&) {}); };
  EXPECT_EQ(whole(" one two! ").begin, 1u);
  EXPECT_EQ(whole(" one two! ").end, 8u);
  EXPECT_EQ(whole("?!").begin, whole("?!").end);
  EXPECT_EQ(whole("one two three").begin, whole("one two three").end);
  RunHash hash;
  for (const Word& word : words_of("One, two")) hash.add(word);
  EXPECT_EQ(hash.value(), whole("one two").hash);
}

TEST(Shingles, RefusesSizes) {
  EXPECT_THAT(message_of<Error>([] { shingles_of("", {0, 5}); }), HasSubstr("0 words or characters is out of range"));
  EXPECT_THAT(message_of<Error>([] { shingles_of("", {5, 1001}); }), HasSubstr("1001"));
}

}  // namespace
}  // namespace fathom::data
