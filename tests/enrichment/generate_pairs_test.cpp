#include "fathom/enrichment/generate_pairs.h"

#include <gmock/gmock.h>

#include <set>

#include "fathom/base/error.h"
#include "tests/enrichment/rule_generator.h"
#include "tests/enrichment/small_index.h"

namespace fathom::enrichment {
namespace {

using testing::HasSubstr;

class GeneratePairs : public SmallIndex {
 protected:
  std::vector<QuestionPair> run(const GenerateOptions& options, questions::QuestionGenerator& generator,
                                const AnswerFinder& find = names_and_numbers) {
    search::Searcher searcher(directory());
    std::vector<QuestionPair> pairs;
    report_ = generate_pairs(searcher, find, generator, options, [&](const QuestionPair& pair) { pairs.push_back(pair); });
    return pairs;
  }
  GenerateReport report_;
  RuleGenerator rules_;
};

TEST_F(GeneratePairs, AsksWhatLeadsBack) {
  const std::vector<QuestionPair> pairs = run({.per_page = 2, .threads = 2}, rules_);
  ASSERT_FALSE(pairs.empty());
  std::map<std::string, int> of_page;
  search::Searcher searcher(directory());
  for (const QuestionPair& pair : pairs) {
    ++of_page[pair.page];
    ASSERT_TRUE(pair.round_trip.has_value());
    EXPECT_EQ(pair.round_trip->verdict, RoundTrip::Verdict::found);
    EXPECT_GE(pair.round_trip->page_rank, 1);
    EXPECT_GT(pair.round_trip->probability, 0.0);
    searcher.with_view([&](const search::Searcher::View& view) {
      const std::string text = view.reader.page(view.reader.find(pair.page).value()).text;
      EXPECT_EQ(text.substr(*pair.answer_start, pair.answer.size()), pair.answer);
      EXPECT_NE(pair.sentence.find(pair.answer), std::string::npos);
      EXPECT_NE(pair.passage.find(pair.sentence), std::string::npos);
      EXPECT_GT(pair.passage.size(), pair.sentence.size());
    });
  }
  EXPECT_LE(of_page["bassoon"], 2);
  EXPECT_EQ(of_page.count("copy"), 0U);
  EXPECT_EQ(report_.copies, 1);
  EXPECT_EQ(report_.pages, 4);
  EXPECT_EQ(report_.without_candidates, 1);  // "plain"
  EXPECT_EQ(report_.generated, report_.kept + report_.gives_answer_away + report_.page_not_found + report_.answer_not_found +
                                   report_.duplicates + report_.beyond);
}

TEST_F(GeneratePairs, IsTheSameForAnyNumberOfThreads) {
  std::string one, many;
  for (const QuestionPair& pair : run({.threads = 1}, rules_)) one += to_json(pair).dump() + "\n";
  for (const QuestionPair& pair : run({.threads = 4}, rules_)) many += to_json(pair).dump() + "\n";
  EXPECT_EQ(one, many);
}

// Says of everything the same.
class FixedGenerator : public questions::QuestionGenerator {
 public:
  explicit FixedGenerator(std::string question) : question_(std::move(question)) {}
  std::vector<std::vector<questions::GeneratedQuestion>> generate(std::span<const questions::AnswerInContext> answers, int) override {
    return std::vector<std::vector<questions::GeneratedQuestion>>(answers.size(),
                                                                  {{question_, questions::type_of_question(question_), -1.0}});
  }

 private:
  std::string question_;
};

TEST_F(GeneratePairs, SaysWhyNothingIsLeft) {
  FixedGenerator lost("Zzyzx qwxk?");
  EXPECT_TRUE(run({}, lost).empty());
  EXPECT_EQ(report_.page_not_found + report_.answer_not_found, report_.generated);
  EXPECT_THAT(describe(report_), HasSubstr("every one was filtered out"));

  EXPECT_TRUE(run({}, rules_, [](std::string_view, std::size_t) { return std::vector<text::Span>(); }).empty());
  EXPECT_THAT(describe(report_), HasSubstr("no page holds an answer that could be asked for"));
}

TEST_F(GeneratePairs, LeavesOutAnswersGivenAwayAndDuplicates) {
  const AnswerFinder only_etna = [](std::string_view text, std::size_t) {
    const std::size_t at = text.find("Etna");
    return at == std::string_view::npos ? std::vector<text::Span>() : std::vector<text::Span>{{at, at + 4}, {at, at + 4}};
  };
  FixedGenerator away("When did Etna erupt?"), twice("Which mountain erupted and buried Catania?");
  EXPECT_TRUE(run({}, away, only_etna).empty());
  EXPECT_EQ(report_.gives_answer_away, 2);
  EXPECT_EQ(run({}, twice, only_etna).size(), 1U) << describe(report_);
  EXPECT_EQ(report_.duplicates, 1);
}

TEST_F(GeneratePairs, RefusesNumbersThatMakeNoSense) {
  EXPECT_THAT(message_of<UsageError>([&] { run({.n_best = 0}, rules_); }), HasSubstr("n-best is 0"));
  EXPECT_THAT(message_of<UsageError>([&] { run({.per_page = 0}, rules_); }), HasSubstr("0 questions a page"));
  EXPECT_THAT(message_of<UsageError>([&] { run({.candidates = -1}, rules_); }), HasSubstr("-1 answers a page"));
}

}  // namespace
}  // namespace fathom::enrichment
