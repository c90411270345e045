#include "fathom/faq/faq.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/faq/small_faq.h"

namespace fathom::faq {
namespace {

using testing::build_small;
using testing::options_for;
using testing::small_faq;
using testing::write_text;

TEST(Faq, AnswersWithTheEntryThatAsksTheSame) {
  const ScratchDirectory scratch;
  FaqSearcher searcher(build_small(scratch));
  const FaqAnswer answer = searcher.search("open an account at the bank");
  ASSERT_FALSE(answer.results.empty());
  EXPECT_EQ(answer.results[0].id, "bank");
  EXPECT_EQ(answer.results[0].answer, "Bring your passport to a branch.");
  EXPECT_TRUE(answer.answered);
  EXPECT_EQ(answer.results[0].words.at(0).query_word, "open");
  EXPECT_EQ(answer.results[0].words.at(0).similarity, 1.0);
  EXPECT_EQ(searcher.search("visa how long").results[0].id, "visa");
  EXPECT_EQ(searcher.search("good school").results[0].answer, "The one nearby.\n\nAsk the neighbours.");
}

TEST(Faq, SaysThatNothingMatches) {
  const ScratchDirectory scratch;
  FaqSearcher searcher(build_small(scratch));
  for (const char* query : {"quantum chromodynamics lattice", "", "?!", "\xFF\xFE", "NEAR(\"x\" *"}) {
    const FaqAnswer answer = searcher.search(query);
    EXPECT_FALSE(answer.answered) << query;
    EXPECT_TRUE(answer.results.empty()) << query;
    EXPECT_EQ(answer.words_in_faq, 0) << query;
  }
  EXPECT_EQ(searcher.search("quantum bank").words, 2);
  EXPECT_EQ(searcher.search("quantum bank").words_in_faq, 1);
}

TEST(Faq, WordsOutsideTheVocabularyAreShownInTheExplanation) {
  const ScratchDirectory scratch;
  FaqSearcher searcher(build_small(scratch));
  const FaqAnswer answer = searcher.search("bank zyxwv");
  ASSERT_FALSE(answer.results.empty());
  EXPECT_EQ(answer.results[0].words.at(1).query_word, "zyxwv");
  EXPECT_LT(answer.results[0].words.at(1).similarity, 1.0);
}

TEST(Faq, ScoresAreAbsolute) {
  const ScratchDirectory scratch;
  FaqSearcher first(build_small(scratch));
  // Another FAQ with the same matcher, in which the same question has other company.
  write_text(scratch / "other.jsonl", std::string(R"({"id": "x", "question": "Is there a bank account for an open window?", "answer": "No."}
{"id": "bank", "question": "How do I open a bank account?", "answer": "Somewhere else."}
{"id": "tea", "question": "Where is tea?", "answer": "Here."}
)"));
  FaqBuildOptions options = options_for(scratch / "other.jsonl");
  options.matcher = (scratch / "faq").string();
  build_faq(options, scratch / "other");
  FaqSearcher second(scratch / "other");
  const auto score = [](FaqSearcher& searcher) {
    for (const FaqResult& result : searcher.search("opening of bank account").results)
      if (result.id == "bank") return result.score;
    return -1.0;
  };
  EXPECT_GT(score(first), 0.0);
  EXPECT_EQ(score(first), score(second));
}

TEST(Faq, EntriesAreOrderedByTheirProbability) {
  const ScratchDirectory scratch;
  FaqSearcher searcher(build_small(scratch));
  const FaqAnswer answer = searcher.search("How long is the visa of a child?", {.top_k = 5});
  ASSERT_GE(answer.results.size(), 1u);
  for (std::size_t i = 0; i < answer.results.size(); ++i) {
    EXPECT_DOUBLE_EQ(answer.results[i].score, searcher.matcher().calibration().probability(answer.results[i].match));
    if (i > 0) {
      EXPECT_LE(answer.results[i].score, answer.results[i - 1].score);
    }
  }
}

TEST(Faq, FindsChineseQuestions) {
  const ScratchDirectory scratch;
  write_text(scratch / "zh.jsonl", R"({"question": "哪里可以买到自行车？", "answer": "在商店。"}
{"question": "银行几点开门？", "answer": "九点。"}
)");
  build_faq(options_for(scratch / "zh.jsonl"), scratch / "zh");
  FaqSearcher searcher(scratch / "zh");
  EXPECT_EQ(searcher.search("银行开门时间").results.at(0).answer, "九点。");
}

TEST(Faq, AFaqOfOneQuestionWorks) {
  const ScratchDirectory scratch;
  write_text(scratch / "one.jsonl", R"({"question": "Why?", "answer": "Because."})");
  build_faq(options_for(scratch / "one.jsonl"), scratch / "one");
  FaqSearcher searcher(scratch / "one");
  EXPECT_EQ(searcher.search("why").results.at(0).answer, "Because.");
}

TEST(Faq, BuildsTheSameFromTheSame) {
  const ScratchDirectory scratch;
  build_small(scratch);
  FaqBuildOptions options = options_for(scratch / "faq.jsonl");
  options.threads = 2;
  build_faq(options, scratch / "again");
  for (const char* file :
       {"matcher/word-counts.tsv", "matcher/word-vectors/vectors.safetensors", "generation-1/question-vectors.safetensors"})
    EXPECT_EQ(read_file(scratch / "faq" / file), read_file(scratch / "again" / file)) << file;
}

TEST(Faq, LeavesNothingBehindWhenTheInputIsBad) {
  const ScratchDirectory scratch;
  write_text(scratch / "bad.jsonl", std::string(small_faq) + "{\"question\": \"broken");
  const std::string message = message_of<Error>([&] { build_faq(options_for(scratch / "bad.jsonl"), scratch / "out"); });
  EXPECT_NE(message.find("bad.jsonl:6"), std::string::npos) << message;
  EXPECT_EQ(scratch.entries(), 1u);
}

TEST(Faq, SaysWhatIsWrongWithADirectory) {
  const ScratchDirectory scratch;
  const auto directory = build_small(scratch);
  const auto open = [&] { FaqSearcher searcher(directory); };
  const auto vectors = directory / "generation-1" / "question-vectors.safetensors";
  const std::string whole = read_file(vectors);
  write_text(vectors, whole.substr(0, whole.size() - 3));
  EXPECT_NE(message_of<Error>(open).find("truncated"), std::string::npos);
  std::filesystem::remove(vectors);
  EXPECT_NE(message_of<Error>(open).find("question-vectors.safetensors"), std::string::npos);
  // Vectors of another number of questions.
  const std::vector<float> zeros(16, 0.0f);
  index::write_int8_vectors(vectors, index::quantize(zeros.data(), 2, 8));
  EXPECT_NE(message_of<Error>(open).find("not of this FAQ"), std::string::npos);
  EXPECT_THROW(FaqSearcher(scratch / "nowhere"), Error);
}

}  // namespace
}  // namespace fathom::faq
