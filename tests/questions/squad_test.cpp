#include "fathom/questions/squad.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/questions/published_pairs.h"

namespace fathom::questions {
namespace {

class SquadFiles : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("fathom_squad_" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path write(const char* name, std::string_view text) {
    write_file_atomically(directory_ / name, text);
    return directory_ / name;
  }
  static std::string message_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  std::filesystem::path directory_;
};

constexpr const char* two_articles =
    R"({"data": [{"title": "Kievan_Rus%27", "paragraphs": [{"context": "Oleg ruled in 882. He died in 912.", "qas": [
      {"id": "a", "question": "When did Oleg begin to rule?", "answers": [{"text": "882", "answer_start": 14}]},
      {"id": "b", "question": "No answer?", "answers": []}]}]},
      {"title": "Köln", "paragraphs": [{"context": "Köln lies on the Rhine. Köln has a cathedral.", "qas": [
      {"id": "c", "question": "Which city has a cathedral?", "answers": [{"text": "Köln", "answer_start": 0, "n_occurrences": 2}]}]}]}]})";

TEST_F(SquadFiles, BecomeRecords) {
  const SquadRecords squad = read_squad(write("s.json", two_articles));
  ASSERT_EQ(squad.records.size(), 2U);
  EXPECT_EQ(squad.report.articles, 2);
  EXPECT_EQ(squad.report.without_answer, 1);
  EXPECT_EQ(squad.records[0].article, "Kievan_Rus%27");
  // Of two places the one whose sentence has the question's words.
  EXPECT_EQ(squad.report.several_places, 1);
  EXPECT_EQ(squad.report.moved, 1);
  EXPECT_EQ(squad.records[1].place.answer_start, std::string("Köln lies on the Rhine. ").size());
}

TEST_F(SquadFiles, KeepTheTitlesWanted) {
  SquadRecords squad = read_squad(write("s.json", two_articles));
  const std::vector<std::string> missing = keep_titles(squad.records, read_titles(write("t.txt", "Kievan Rus'\n\nElsewhere\n")));
  EXPECT_EQ(missing, std::vector<std::string>{"Elsewhere"});
  ASSERT_EQ(squad.records.size(), 1U);
  EXPECT_EQ(squad.records[0].id, "a");
  EXPECT_EQ(plain_title("K%C3%B6ln_(2%"), "köln (2%");
}

TEST_F(SquadFiles, AreRefusedWithThePlace) {
  const auto refusal = [&](std::string_view text) { return message_of([&] { read_squad(write("bad.json", text)); }); };
  EXPECT_NE(refusal("{").find("bad.json"), std::string::npos);
  EXPECT_NE(refusal(R"({"data": 3})").find("a list 'data' is missing"), std::string::npos);
  EXPECT_NE(refusal(R"({"data": []})").find("no question with an answer"), std::string::npos);
  const std::string misplaced = refusal(
      R"({"data": [{"title": "T", "paragraphs": [{"context": "A cat.", "qas": [{"id": "q", "question": "?", "answers": [{"text": "cat", "answer_start": 0}]}]}]}]})");
  EXPECT_NE(misplaced.find("article 'T', paragraph 1, question 'q'"), std::string::npos) << misplaced;
  EXPECT_NE(misplaced.find("it stands at 2"), std::string::npos) << misplaced;
  EXPECT_NE(message_of([&] { read_titles(write("empty.txt", "\n")); }).find("no titles"), std::string::npos);
  EXPECT_NE(message_of([&] { read_squad(directory_ / "absent.json"); }).find("absent.json"), std::string::npos);
}

TEST_F(SquadFiles, PublishedPairsFindTheirAnswers) {
  const SquadRecords squad = read_squad(write("s.json", two_articles));
  const auto sentences = write("src.txt", "köln lies on the rhine .\noleg ruled in 882 .\nanother one .\n");
  const auto questions = write("tgt.txt", "which city has a cathedral ?\nwhen did oleg begin to rule ?\nnobody asked this ?\n");
  const JoinedPairs joined = join_published_pairs(squad.records, read_published_pairs(sentences, questions));
  EXPECT_EQ(joined.report.pairs, 3);
  EXPECT_EQ(joined.report.without_record, 1);
  EXPECT_EQ(joined.report.moved, 1);
  EXPECT_EQ(joined.report.equal_sentences, 2);
  ASSERT_EQ(joined.records.size(), 2U);
  EXPECT_EQ(joined.records[0].sentence, "Köln lies on the Rhine.");
  EXPECT_EQ(joined.records[0].place.answer_start, 0U);
  EXPECT_EQ(joined.records[1].sentence, "Oleg ruled in 882.");
  EXPECT_NE(message_of([&] { read_published_pairs(sentences, write("short.txt", "one ?\n")); }).find("has 3 lines and"), std::string::npos);
  EXPECT_NE(message_of([&] { read_published_pairs(write("blank.txt", "a\n \n"), questions); }).find("blank.txt:2"), std::string::npos);
}

}  // namespace
}  // namespace fathom::questions
