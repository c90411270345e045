#include "fathom/eval/reasoning_eval.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "fathom/base/error.h"
#include "fathom/engine/end_of_sequence.h"
#include "fathom/text/bpe_trainer.h"
#include "tests/engine/tiny_models.h"

namespace fathom::eval {
namespace {

ProblemResult problem(std::string reference, const std::vector<std::string>& responses) {
  ProblemResult result;
  result.prompt = "?";
  result.reference = std::move(reference);
  for (const std::string& response : responses) {
    SampleResult sample;
    sample.response = response;
    sample.tokens = static_cast<std::int64_t>(response.size());
    result.samples.push_back(sample);
  }
  return result;
}

TEST(Grading, ByHand) {
  ReasoningEvalResult result;
  result.k = 4;
  // Two right of four; 1/2 and 0.5 are one answer and outvote nothing else: a tie of 2 and 2 goes to the one seen first.
  result.problems.push_back(problem("0.5", {"<answer>3</answer>", "<answer>1/2</answer>", "<answer>0.5</answer>", "<answer>3.0</answer>"}));
  // The majority is right although one response has no answer.
  result.problems.push_back(problem("#### 7", {"I do not know", "<answer>7</answer>", "#### 7", "\\boxed{8}"}));
  result.problems.push_back(problem("1", {"", "", "", ""}));
  result.problems[2].samples[0].truncated = true;
  grade(result, true);

  EXPECT_EQ(result.problems[0].right, 2);
  EXPECT_FALSE(result.problems[0].majority_right);
  EXPECT_EQ(result.problems[0].majority, "3");
  EXPECT_EQ(result.problems[1].right, 2);
  EXPECT_TRUE(result.problems[1].majority_right);
  EXPECT_EQ(result.problems[1].samples[0].verdict, align::Verdict::unparsable);
  EXPECT_EQ(result.problems[1].samples[3].verdict, align::Verdict::wrong);
  EXPECT_EQ(result.problems[2].majority, "");
  EXPECT_DOUBLE_EQ(result.pass_1.value, (0.5 + 0.5 + 0) / 3);
  EXPECT_DOUBLE_EQ(result.cons_k.value, 1.0 / 3);
  ASSERT_EQ(result.pass_at.size(), 3u);
  EXPECT_EQ(result.pass_at[1].first, 2);
  EXPECT_NEAR(result.pass_at[1].second.value, (5.0 / 6 + 5.0 / 6 + 0) / 3, 1e-12);
  EXPECT_NEAR(result.pass_at[2].second.value, 2.0 / 3, 1e-12);
  EXPECT_DOUBLE_EQ(result.truncated_share, 1.0 / 12);
  EXPECT_DOUBLE_EQ(result.unparsable_share, 5.0 / 12);
  EXPECT_LE(result.pass_1.interval.low, result.pass_1.value);
  EXPECT_GE(result.pass_1.interval.high, result.pass_1.value);
  EXPECT_NE(result.table().find("cons@4"), std::string::npos);
  EXPECT_EQ(result.to_json()["pass@4"]["value"], result.pass_at[2].second.value);
}

TEST(Grading, BareAnswersCountOnlyWhenAllowed) {
  ReasoningEvalResult result;
  result.problems.push_back(problem("7", {"#### 7"}));
  grade(result, false);
  EXPECT_EQ(result.pass_1.value, 0);
  EXPECT_EQ(result.unparsable_share, 1);
  EXPECT_EQ(result.pass_at.size(), 1u);
}

TEST(Grading, NothingToGradeIsAnError) {
  ReasoningEvalResult result;
  EXPECT_THROW(grade(result, true), Error);
}

class ReasoningEvaluation : public testing::Test {
 protected:
  ReasoningEvaluation() : tokenizer_(train()) {
    model::ModelConfig config = engine::tiny_mla(true);
    config.vocab_size = tokenizer_.vocab_size();
    config.eos_token_ids = {*tokenizer_.eos_id()};
    model_ = engine::random_model(config);
    options_.samples = 3;
    options_.quiet = true;
    options_.sampling.max_new_tokens = 12;
    options_.sampling.stop_ids = engine::end_of_sequence_ids(config, &tokenizer_);
    for (int i = 0; i < 5; ++i) {
      data::Task task;
      task.prompt = "What is " + std::to_string(i) + " + 2?";
      task.answer = std::to_string(i + 2);
      tasks_.push_back(task);
    }
  }

  static text::Tokenizer train() {
    text::BpeTrainer trainer({.vocab_size = 300});
    trainer.add("What is 1 + 2? <answer>3</answer>");
    return trainer.train();
  }

  text::Tokenizer tokenizer_;
  std::unique_ptr<model::CausalLM> model_;
  ReasoningEvalOptions options_;
  std::vector<data::Task> tasks_;
};

TEST_F(ReasoningEvaluation, RunsAModelAndIsAFunctionOfTheSeed) {
  const ReasoningEvalResult a = evaluate_reasoning(*model_, tokenizer_, tasks_, options_);
  const ReasoningEvalResult b = evaluate_reasoning(*model_, tokenizer_, tasks_, options_);
  EXPECT_EQ(a.samples_jsonl(), b.samples_jsonl());
  ASSERT_EQ(a.problems.size(), 5u);
  std::int64_t tokens = 0;
  for (const ProblemResult& found : a.problems) {
    ASSERT_EQ(found.samples.size(), 3u);
    EXPECT_FALSE(found.samples[0].response == found.samples[1].response && found.samples[1].response == found.samples[2].response);
    for (const SampleResult& sample : found.samples) tokens += sample.tokens;
  }
  EXPECT_EQ(a.generated_tokens, tokens);
  EXPECT_NEAR(a.mean_tokens.value, static_cast<double>(tokens) / 15, 1e-9);
  // Problems do not share one stream of random numbers, though they share the seed.
  EXPECT_NE(a.problems[0].samples[0].response, a.problems[1].samples[0].response);
  options_.sampling.seed = 1;
  EXPECT_NE(evaluate_reasoning(*model_, tokenizer_, tasks_, options_).samples_jsonl(), a.samples_jsonl());

  std::istringstream lines(a.samples_jsonl());
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    const Json json = parse_json(line, "samples");
    EXPECT_EQ(json["responses"].size(), 3u);
    EXPECT_EQ(json["prompt"], tasks_[static_cast<std::size_t>(count++)].prompt);
  }
  EXPECT_EQ(count, 5);
}

TEST_F(ReasoningEvaluation, LongPromptsCountAsNotSolved) {
  tasks_[2].prompt = std::string(2000, 'x');
  const ReasoningEvalResult result = evaluate_reasoning(*model_, tokenizer_, tasks_, options_);
  EXPECT_EQ(result.prompts_too_long, 1);
  EXPECT_TRUE(result.problems[2].samples.empty());
  EXPECT_EQ(result.problems[3].samples.size(), 3u);
  EXPECT_NE(result.table().find("prompts too long"), std::string::npos);
  for (data::Task& task : tasks_) task.prompt = std::string(2000, 'x');
  try {
    evaluate_reasoning(*model_, tokenizer_, tasks_, options_);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("context of 128"), std::string::npos) << error.what();
  }
}

TEST_F(ReasoningEvaluation, NoTasksIsAnError) { EXPECT_THROW(evaluate_reasoning(*model_, tokenizer_, {}, options_), Error); }

}  // namespace
}  // namespace fathom::eval
