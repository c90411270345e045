#include "fathom/asking/word_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/asking/small_examples.h"
#include "tests/base/scratch_directory.h"

namespace fathom::asking {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(WordTable, NumbersWordsBehindTheMarks) {
  const WordTable table({"who", "was"});
  EXPECT_EQ(table.size(), 5);
  EXPECT_EQ(table.id("who"), first_word_id);
  EXPECT_EQ(table.id("was"), first_word_id + 1);
  EXPECT_EQ(table.id("zork"), unknown_id);
  EXPECT_EQ(table.word(4), "was");
}

TEST(WordTable, CountsSentencesAndQuestionsTogether) {
  const std::vector<questions::Example> examples = {testing::example_of("b a c a", 0, 1, "b d"), testing::example_of("d e", 0, 1, "b")};
  // b three times; a and d twice, in the order of bytes.
  EXPECT_THAT(WordTable::count(examples, 2, 100).words(), ElementsAre("b", "a", "d"));
  EXPECT_THAT(WordTable::count(examples, 1, 4).words(), ElementsAre("b", "a", "d", "c"));
}

TEST(WordTable, FindsWordsAfterAMove) {
  WordTable first({"who", "a word that is too long to be kept within the string itself"});
  const WordTable second = std::move(first);
  EXPECT_EQ(second.id("who"), first_word_id);
  EXPECT_EQ(second.id("a word that is too long to be kept within the string itself"), first_word_id + 1);
}

TEST(WordTable, ComesBackFromItsFile) {
  const ScratchDirectory scratch;
  testing::small_table().save(scratch.path());
  EXPECT_EQ(WordTable::load(scratch.path()).words(), testing::small_table().words());
}

TEST(WordTable, SaysWhichLineIsBad) {
  const ScratchDirectory scratch;
  const auto refusal = [&] { return message_of<Error>([&] { WordTable::load(scratch.path()); }); };
  EXPECT_THAT(refusal(), HasSubstr("vocabulary.txt"));
  write_file_atomically(scratch / "vocabulary.txt", "a\n\nb\n");
  EXPECT_THAT(refusal(), HasSubstr("vocabulary.txt:2: an empty line"));
  write_file_atomically(scratch / "vocabulary.txt", "a\nb\na\n");
  EXPECT_THAT(refusal(), HasSubstr("vocabulary.txt:3: the word 'a' is given twice"));
  EXPECT_THROW(WordTable({"a", "a"}), Error);
  EXPECT_THROW(WordTable({"a", ""}), Error);
}

}  // namespace
}  // namespace fathom::asking
