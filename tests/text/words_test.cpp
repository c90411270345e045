#include "fathom/text/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fathom::text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> words_of(std::string_view text, WordOptions options = {}) {
  WordSplitter splitter(options);
  std::vector<std::string> words;
  for (const Word& word : splitter.split(text)) {
    EXPECT_LE(word.end, text.size());
    EXPECT_LT(word.begin, word.end);
    words.push_back(word.text);
  }
  return words;
}

constexpr WordOptions all{.punctuation = true}, penn{.punctuation = true, .split_contractions = true};

TEST(Words, LowerCasedWithoutPunctuation) {
  EXPECT_THAT(words_of("The QUICK fox, 3.14 times; don't!"), ElementsAre("the", "quick", "fox", "3.14", "times", "don't"));
  EXPECT_THAT(words_of("ÜBER Straße ŒUVRE"), ElementsAre("über", "straße", "œuvre"));
  EXPECT_THAT(words_of(""), IsEmpty());
  EXPECT_THAT(words_of(" \t\n ... !"), IsEmpty());
}

TEST(Words, PunctuationWhereItIsWanted) {
  EXPECT_THAT(words_of("Yes, no.", all), ElementsAre("yes", ",", "no", "."));
  WordSplitter splitter(all);
  const std::vector<Word> words = splitter.split("a, 😀");
  ASSERT_EQ(words.size(), 3U);
  EXPECT_FALSE(words[0].punctuation);
  EXPECT_TRUE(words[1].punctuation);
  EXPECT_TRUE(words[2].punctuation);
}

TEST(Words, PlacesAreBytesOfTheSource) {
  const std::string text = "Ein Fluß – naïve 你好";
  WordSplitter splitter;
  for (const Word& word : splitter.split(text)) EXPECT_EQ(lower_case(text.substr(word.begin, word.end - word.begin)), word.text);
  const std::vector<Word> words = splitter.split("é b");
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[1].begin, 3U);
  EXPECT_EQ(words[1].end, 4U);
}

TEST(Words, ChineseByDictionary) {
  EXPECT_THAT(words_of("我们在北京大学学习。"), ElementsAre("我们", "在", "北京", "大学", "学习"));
  EXPECT_THAT(words_of("今天天气很好", all), testing::Contains("天气"));
}

TEST(Words, ContractionsAsThePennTreebankWritesThem) {
  EXPECT_THAT(words_of("I don't think it's John’s, we'll can't", penn),
              ElementsAre("i", "do", "n't", "think", "it", "'s", "john", "'s", ",", "we", "'ll", "ca", "n't"));
  EXPECT_THAT(words_of("do n't think it 's we 'll", penn), ElementsAre("do", "n't", "think", "it", "'s", "we", "'ll"));
  EXPECT_THAT(words_of("it's", WordOptions{.split_contractions = true}), ElementsAre("it", "'s"));
  EXPECT_THAT(words_of("it 's 'quoted'", WordOptions{.split_contractions = true}), ElementsAre("it", "'s", "quoted"));
  EXPECT_THAT(words_of("o'clock", penn), ElementsAre("o'clock"));
  WordSplitter splitter(penn);
  const std::string text = "John’s don't";
  const std::vector<Word> words = splitter.split(text);
  ASSERT_EQ(words.size(), 4U);
  EXPECT_EQ(text.substr(words[0].begin, words[0].end - words[0].begin), "John");
  EXPECT_EQ(text.substr(words[1].begin, words[1].end - words[1].begin), "’s");
  EXPECT_EQ(text.substr(words[2].begin, words[2].end - words[2].begin), "do");
  EXPECT_EQ(text.substr(words[3].begin, words[3].end - words[3].begin), "n't");
}

TEST(Words, InvalidBytesSeparateWords) {
  EXPECT_THAT(words_of("good\xFF\xFE"
                       "bad"),
              ElementsAre("good", "bad"));
  EXPECT_THAT(words_of("\xE4\xBD", all), IsEmpty());
}

TEST(Words, Whitespace) {
  std::vector<std::string> words;
  for (const Word& word : split_whitespace("  Do n't\tsplit , \n me.")) words.push_back(word.text);
  EXPECT_THAT(words, ElementsAre("Do", "n't", "split", ",", "me."));
  EXPECT_THAT(split_whitespace(" \n"), IsEmpty());
}

}  // namespace
}  // namespace fathom::text
