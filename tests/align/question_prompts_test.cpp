// Prompts made of generated questions are judged as they should be: the answer is right, another one is wrong.
#include "fathom/enrichment/question_prompts.h"

#include <gtest/gtest.h>

#include "fathom/align/rewards.h"
#include "fathom/data/tasks.h"
#include "tests/base/scratch_directory.h"

namespace fathom::align {
namespace {

struct Case {
  const char *answer, *same, *other;  // as the passage has it; another spelling of it; another answer
};

constexpr Case cases[] = {{"1636", "1636.0", "1637"},
                          {"4,600 metres", "4600", "4,700 metres"},
                          {"20%", "20 percent", "21%"},
                          {"4 May 1890", "4 May 1890", "4 June 1890"},
                          {"19th century", "19th century", "20th century"},
                          {"1990 to 1995", "1990 to 1995", "1990 to 1996"},
                          {"Jacques Hotteterre", "jacques hotteterre", "Jacques"},
                          {"Paris, France", "Paris, France", "Paris, Texas"},
                          {"Eiffel Tower", "eiffel tower.", "Forth Bridge"},
                          {"U.S.", "U.S.", "UK"}};

TEST(QuestionPrompts, AreJudgedByTheReward) {
  std::vector<enrichment::QuestionPair> pairs;
  for (const Case& entry : cases) {
    enrichment::QuestionPair pair;
    pair.question = "What is it?";
    pair.answer = entry.answer;
    pair.sentence = std::string("It is ") + entry.answer + ".";
    pair.page = "page";
    pairs.push_back(pair);
  }
  const ScratchDirectory scratch;
  enrichment::write_prompts(pairs, scratch / "prompts.jsonl");
  const std::vector<data::Task> tasks = data::read_tasks(scratch / "prompts.jsonl");
  ASSERT_EQ(tasks.size(), std::size(cases));
  const RewardOptions options;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto reward = [&](const std::string& answer) {
      return score("<think>The passage says so.</think> <answer>" + answer + "</answer>", tasks[i].answer, options);
    };
    EXPECT_EQ(reward(tasks[i].answer).total, 1.0) << tasks[i].answer;
    EXPECT_EQ(reward(cases[i].same).verdict, Verdict::correct) << tasks[i].answer;
    EXPECT_EQ(reward(cases[i].other).verdict, Verdict::wrong) << tasks[i].answer;
  }
}

TEST(QuestionPrompts, LeaveOutWhatTheRewardMistakes) {
  EXPECT_EQ(judge_math("<answer>2 billion</answer>", "2 million"), Verdict::correct);  // unknown units are dropped
  EXPECT_EQ(enrichment::kind_of_answer("2 million"), enrichment::AnswerKind::not_checkable);
  EXPECT_EQ(enrichment::kind_of_answer("—"), enrichment::AnswerKind::not_checkable);
}

}  // namespace
}  // namespace fathom::align
