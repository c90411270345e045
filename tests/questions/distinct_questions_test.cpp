#include "fathom/questions/distinct_questions.h"

#include <gtest/gtest.h>

#include <vector>

namespace fathom::questions {
namespace {

using Kept = std::vector<std::size_t>;

Kept kept(const std::vector<AnsweredQuestion>& questions) { return distinct_questions(questions); }

TEST(DistinctQuestions, LeaveOutTheSameWordsWhateverTheAnswer) {
  EXPECT_EQ(kept({{"Who ruled Rome?", "Caesar", QuestionType::who}, {"who ruled Rome", "Nero", QuestionType::who}}), Kept({0}));
}

TEST(DistinctQuestions, LeaveOutParaphrasesWithTheSameAnswer) {
  EXPECT_EQ(kept({{"Where was Einstein born?", "Ulm", QuestionType::where},
                  {"In what city was Einstein born?", "ulm", QuestionType::what},
                  {"What is the seat of the football club?", "Ulm", QuestionType::what}}),
            Kept({0, 1, 2}));
  EXPECT_EQ(kept({{"Where was Einstein born?", "Ulm", QuestionType::where}, {"Where had Einstein been born?", "Ulm", QuestionType::where}}),
            Kept({0}));
  EXPECT_EQ(kept({{"What year did the great war end?", "1918", QuestionType::what},
                  {"What year did the great war ended?", "1918", QuestionType::what}}),
            Kept({0}));
}

TEST(DistinctQuestions, KeepThoseThatDifferInOneName) {
  EXPECT_EQ(kept({{"When was the bridge in Basel built?", "1226", QuestionType::when},
                  {"When was the bridge in Bern built?", "1461", QuestionType::when}}),
            Kept({0, 1}));
  EXPECT_EQ(kept({}), Kept());
}

}  // namespace
}  // namespace fathom::questions
