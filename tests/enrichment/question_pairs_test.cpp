#include "fathom/enrichment/question_pairs.h"

#include <gmock/gmock.h>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/data/tasks.h"
#include "fathom/enrichment/context_questions.h"
#include "fathom/enrichment/question_prompts.h"
#include "fathom/enrichment/synthetic_examples.h"
#include "tests/enrichment/rule_generator.h"
#include "tests/enrichment/small_index.h"

namespace fathom::enrichment {
namespace {

using testing::HasSubstr;

class QuestionPairs : public SmallIndex {
 protected:
  static std::string pair(const std::string& question, const std::string& answer, const std::string& sentence, const std::string& page) {
    return OrderedJson{{"question", question}, {"answer", answer}, {"sentence", sentence}, {"page", page}}.dump() + "\n";
  }
  std::string refusal(const std::string& text) {
    write("pairs.jsonl", text);
    return message_of<Error>([&] { read_question_pairs(scratch_ / "pairs.jsonl"); });
  }
};

TEST_F(QuestionPairs, ComeBackAsTheyWereWritten) {
  const QuestionPair before{.question = "Who \"made\" it?",
                            .type = questions::QuestionType::who,
                            .answer = "Hotteterre",
                            .sentence = "It was made in Paris by Hotteterre in 1636.",
                            .passage = "Before. It was made in Paris by Hotteterre in 1636.",
                            .page = "bassoon",
                            .answer_start = 62,
                            .score = -0.5,
                            .round_trip = RoundTrip{RoundTrip::Verdict::found, 1, 2, 0.25}};
  write("pairs.jsonl", to_json(before).dump() + "\n");
  const std::vector<QuestionPair> read = read_question_pairs(scratch_ / "pairs.jsonl");
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(to_json(read[0]), to_json(before));
  EXPECT_EQ(read[0].type, questions::QuestionType::who);
}

TEST_F(QuestionPairs, SayWhatIsWrong) {
  EXPECT_THAT(refusal("{\"question\": \"a?\", \"answer\": \"b\", \"page\": \"c\"}\n"), HasSubstr("pairs.jsonl:1: required key 'sentence'"));
  EXPECT_THAT(refusal(pair("Who?", "x", "x is here.", "p") + pair(" ", "x", "x is here.", "p")),
              HasSubstr("pairs.jsonl:2: 'question' is blank"));
  EXPECT_THAT(refusal(pair("Who?", "y", "x is here.", "p")), HasSubstr("the answer 'y' does not stand in the sentence"));
  EXPECT_THAT(refusal("{\"question\": 5, \"answer\": \"b\", \"page\": \"c\", \"sentence\": \"b\"}\n"),
              HasSubstr("'question' must be a string"));
  EXPECT_THAT(refusal("no json\n"), HasSubstr("pairs.jsonl:1"));
  EXPECT_THAT(refusal(""), HasSubstr("pairs.jsonl"));
}

TEST_F(QuestionPairs, FindTheirSentence) {
  const std::string text = "One is here. Two is here. Two is here.";
  const std::vector<text::Span> sentences = {{0, 12}, {13, 25}, {26, 38}};
  QuestionPair pair;
  pair.answer = "Two";
  pair.sentence = "Two is here.";
  EXPECT_EQ(sentence_of(pair, text, sentences), 1);
  pair.answer_start = 26;
  EXPECT_EQ(sentence_of(pair, text, sentences), 2);
  pair.answer_start = 3;  // of another text: the sentence's own decides
  EXPECT_EQ(sentence_of(pair, text, sentences), 1);
  pair.sentence = "Three is here.";
  EXPECT_EQ(sentence_of(pair, text, sentences), std::nullopt);
}

TEST_F(QuestionPairs, BecomeExamplesToTrainOn) {
  const pages::PageCollection collection = pages::read_pages(scratch_ / "pages.jsonl", 1);
  write("pairs.jsonl", pair("Who made it?", "Hotteterre", "It was made in Paris by Hotteterre in 1636.", "bassoon") +
                           pair("Who?", "Nobody", "Nobody stands there.", "volcano") + pair("Who?", "x", "x", "gone"));
  const pages::PageExamples examples = synthetic_examples(scratch_ / "pairs.jsonl", collection);
  ASSERT_EQ(examples.examples.size(), 2U);
  EXPECT_EQ(examples.examples[0].query, "Who made it?");
  EXPECT_EQ(examples.examples[0].page, collection.by_id.at("bassoon"));
  EXPECT_EQ(examples.examples[0].sentence, 1);
  EXPECT_EQ(examples.examples[1].sentence, -1);
  EXPECT_EQ(examples.unknown_pages, 1);
  EXPECT_EQ(examples.unknown_sentences, 1);
  write("pairs.jsonl", pair("Who?", "x", "x", "gone"));
  EXPECT_THAT(message_of<Error>([&] { synthetic_examples(scratch_ / "pairs.jsonl", collection); }),
              HasSubstr("no question is about a page"));
}

TEST_F(QuestionPairs, BecomePromptsThatTaskReadersRead) {
  write("pairs.jsonl", pair("When was it made?", "1636", "It was made in 1636.", "bassoon") +
                           pair("Who made it?", "Jacques Hotteterre", "Jacques Hotteterre made it.", "bassoon") +
                           pair("Why?", "because it was so loud there", "They left because it was so loud there.", "p") +
                           pair("What stands there?", "####", "There stands ####.", "p") + pair("What?", "—", "A — stands there.", "p"));
  const PromptReport report = write_prompts(read_question_pairs(scratch_ / "pairs.jsonl"), scratch_ / "prompts.jsonl");
  EXPECT_EQ(report.numbers, 1);
  EXPECT_EQ(report.short_texts, 1);
  EXPECT_EQ(report.too_long, 1);
  EXPECT_EQ(report.not_checkable, 2);
  const std::vector<data::Task> tasks = data::read_tasks(scratch_ / "prompts.jsonl");
  ASSERT_EQ(tasks.size(), 2U);
  EXPECT_EQ(tasks[0].answer, "1636");
  EXPECT_THAT(tasks[0].prompt, testing::AllOf(HasSubstr("It was made in 1636."), HasSubstr("When was it made?")));
  EXPECT_EQ(tasks[1].answer, "Jacques Hotteterre");
  write("pairs.jsonl", pair("What?", "—", "A — stands there.", "p"));
  EXPECT_THAT(message_of<Error>([&] { write_prompts(read_question_pairs(scratch_ / "pairs.jsonl"), scratch_ / "none.jsonl"); }),
              HasSubstr("no answer of the 1 questions can be checked"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "none.jsonl"));
}

class ContextQuestions : public SmallIndex {};

TEST_F(ContextQuestions, AddToEachRecordAndKeepTheRest) {
  write(
      "in.jsonl",
      "{\"id\": \"7\", \"context\": \"Über Paris. It was made in 1636.\", \"answer\": \"1636\", \"answer_start\": 27, \"more\": [1, 2]}\n");
  EXPECT_TRUE(has_contexts(scratch_ / "in.jsonl"));
  EXPECT_FALSE(has_contexts(scratch_ / "pages.jsonl"));
  RuleGenerator rules;
  EXPECT_EQ(generate_for_contexts(scratch_ / "in.jsonl", rules, 1, scratch_ / "out.jsonl").records, 1);
  Json record = parse_json(read_file(scratch_ / "out.jsonl"), "out.jsonl");
  EXPECT_EQ(record.at("question"), "When: It was made in ?");
  EXPECT_EQ(record.at("question_type"), "when");
  EXPECT_TRUE(record.at("score").is_number());
  EXPECT_EQ(record.at("more"), Json::array({1, 2}));
  EXPECT_EQ(record.at("id"), "7");
  EXPECT_FALSE(record.contains("questions"));
  generate_for_contexts(scratch_ / "in.jsonl", rules, 2, scratch_ / "out.jsonl");
  record = parse_json(read_file(scratch_ / "out.jsonl"), "out.jsonl");
  ASSERT_EQ(record.at("questions").size(), 2U);
  EXPECT_EQ(record.at("questions").at(0).at("question"), record.at("question"));
}

TEST_F(ContextQuestions, SayWhatIsWrongAndWriteNothing) {
  RuleGenerator rules;
  const auto refusal = [&](const std::string& record, int n_best = 1) {
    write("in.jsonl", "{\"context\": \"It is 5.\", \"answer\": \"5\", \"answer_start\": 6}\n" + record + "\n");
    const std::string message =
        message_of<Error>([&] { generate_for_contexts(scratch_ / "in.jsonl", rules, n_best, scratch_ / "no.jsonl"); });
    EXPECT_FALSE(std::filesystem::exists(scratch_ / "no.jsonl"));
    return message;
  };
  EXPECT_THAT(refusal("{\"context\": \"It is 5.\", \"answer\": \"7\", \"answer_start\": 6}"), HasSubstr("in.jsonl:2"));
  EXPECT_THAT(refusal("{\"context\": \"\", \"answer\": \"7\", \"answer_start\": 0}"), HasSubstr("context is empty"));
  EXPECT_THAT(refusal("{\"answer\": \"7\", \"answer_start\": 0}"), HasSubstr("'context' is missing"));
  EXPECT_THAT(refusal("{}", 0), HasSubstr("n-best is 0"));
}

}  // namespace
}  // namespace fathom::enrichment
