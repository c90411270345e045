#include "fathom/text/sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fathom::text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> sentences_of(std::string_view text) {
  SentenceSplitter splitter;
  std::vector<std::string> sentences;
  for (const Span& span : splitter.split(text)) sentences.emplace_back(span.of(text));
  return sentences;
}

TEST(Sentences, EnglishWithAbbreviations) {
  EXPECT_THAT(sentences_of("It rains. Mr. Smith stays at home!  Does he? \"Yes.\" He does."),
              ElementsAre("It rains.", "Mr. Smith stays at home!", "Does he?", "\"Yes.\"", "He does."));
}

TEST(Sentences, ChineseMarks) {
  EXPECT_THAT(sentences_of("今天下雨。我们在家吗？是的！　好。"), ElementsAre("今天下雨。", "我们在家吗？", "是的！", "好。"));
}

TEST(Sentences, LineEndsAndBlanks) {
  EXPECT_THAT(sentences_of("A title\n\nThe text\r\n  goes on  \n"), ElementsAre("A title", "The text", "goes on"));
  EXPECT_THAT(sentences_of(""), IsEmpty());
  EXPECT_THAT(sentences_of(" \n\t \u00A0"), IsEmpty());
}

TEST(Sentences, TokenisedLowerCaseText) {
  EXPECT_THAT(sentences_of("the film is long . it is good , too ! we liked it . . . then we left"),
              ElementsAre("the film is long .", "it is good , too !", "we liked it . . .", "then we left"));
}

TEST(Sentences, InvalidBytesDoNoHarm) { EXPECT_THAT(sentences_of("One \xFF two. Three."), ElementsAre("One \xFF two.", "Three.")); }

}  // namespace
}  // namespace fathom::text
