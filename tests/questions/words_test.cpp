#include "fathom/questions/words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/questions/published_pairs.h"
#include "fathom/questions/squad.h"
#include "tests/questions/shared_squad.h"

namespace fathom::questions {
namespace {

std::string spaced(std::string_view text) {
  std::string line;
  for (const std::string& word : lower_case_words(text)) line += (line.empty() ? "" : " ") + word;
  return line;
}

TEST(TreebankWords, SplitSignsAndClitics) {
  EXPECT_EQ(spaced("It's the couple's (only) son; he can't, cannot leave."),
            "it 's the couple 's -lrb- only -rrb- son ; he ca n't , can not leave .");
  EXPECT_EQ(spaced("\"Say My Name\" won — in 1999–2001 [sic]…"), "`` say my name '' won -- in 1999 -- 2001 -lsb- sic -rsb- ...");
  EXPECT_EQ(spaced("“Beyoncé’s” fans"), "`` beyoncé 's '' fans");
}

TEST(TreebankWords, KeepNumbersAbbreviationsAndHyphens) {
  EXPECT_EQ(spaced("In the U.S. Mr. J. Smith paid US$5.2 million, 32% of 1,000."),
            "in the u.s. mr. j. smith paid us$ 5.2 million , 32 % of 1,000 .");
  EXPECT_EQ(spaced("an all-female band at AT&T in the '90s"), "an all-female band at at&t in the '90s");
  EXPECT_EQ(spaced("No. 2 of 756/km² at 46.4°F. No."), "no. 2 of 756 / km ² at 46.4 °f . no .");
}

TEST(TreebankWords, KnowTheirPlaces) {
  const std::string text = "Köln isn’t “far”.";
  const std::vector<Token> tokens = tokenize(text);
  std::string rebuilt;
  for (const Token& token : tokens) {
    EXPECT_LT(token.begin, token.end);
    rebuilt += token.of(text);
  }
  EXPECT_EQ(rebuilt, "Kölnisn’t“far”.");
  EXPECT_TRUE(tokenize("").empty());
  EXPECT_TRUE(tokenize(" \t\n").empty());
  EXPECT_EQ(tokenize("a\xFFz").size(), 3U);  // invalid UTF-8 separates
}

TEST(TreebankWords, JoinAsPeopleWrite) {
  const auto joined = [](std::string_view text) {
    std::vector<std::string> words;
    for (const Token& token : tokenize(text)) words.push_back(token.word);
    return join_words(words);
  };
  for (const char* text : {"It's the couple's (only) son; he can't, cannot leave.", "\"Say My Name\" won $5.2 million, 32% of 1,000 [sic].",
                           "Who didn't go to the U.S. in 1914–18?", "the '90s"})
    EXPECT_EQ(joined(text), text);
  EXPECT_EQ(join_words({}), "");
}

TEST(TreebankWords, AreThePublishedOnes) {
  const std::filesystem::path directory = shared_squad();
  if (directory.empty()) GTEST_SKIP() << "SQuAD is not there (FATHOM_SHARED)";
  const SquadRecords squad = read_squad(directory / "train-v1.1.json.xz");
  const JoinedPairs joined = join_published_pairs(
      squad.records, read_published_pairs(directory / "nqg-split/src-test.txt.xz", directory / "nqg-split/tgt-test.txt.xz"));
  const JoinReport& report = joined.report;
  EXPECT_EQ(report.pairs, 11877);
  EXPECT_EQ(report.without_record, 0);
  EXPECT_LE(report.without_sentence, 5);
  EXPECT_LE(report.answer_outside, 10);
  EXPECT_EQ(joined.records.size(), 11877U);
  EXPECT_GT(static_cast<double>(report.equal_words), 0.998 * static_cast<double>(report.words));
  EXPECT_GT(static_cast<double>(report.equal_sentences), 0.95 * static_cast<double>(report.sentences));
}

}  // namespace
}  // namespace fathom::questions
