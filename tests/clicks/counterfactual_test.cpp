// Simulated users, weighted examples, and estimates of what another ranking would be clicked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/clicks/click_examples.h"
#include "fathom/clicks/click_log_json.h"
#include "fathom/clicks/click_report.h"
#include "tests/base/scratch_directory.h"
#include "tests/clicks/small_logs.h"

namespace fathom::clicks {
namespace {

using testing::HasSubstr;

std::vector<SearchRecord> simulate(const std::vector<Ranking>& rankings, const SimulationOptions& options) {
  std::vector<SearchRecord> records;
  simulate_log(rankings, options, [&](const SearchRecord& record) { records.push_back(record); });
  return records;
}

TEST(Simulation, IsAFunctionOfTheSeed) {
  const auto rankings = falling_rankings(3, 6);
  SimulationOptions options;
  options.searches = 50;
  const auto text = [&] {
    std::string lines;
    for (const SearchRecord& record : simulate(rankings, options)) lines += search_line(record) + "\n";
    return lines;
  };
  const std::string first = text();
  EXPECT_EQ(text(), first);
  options.seed = 1;
  EXPECT_NE(text(), first);
}

TEST(Simulation, ClicksComeAtTheRateOfTheTruth) {
  const std::vector<double> relevance = {0.2, 1, 0.5, 0.9};
  constexpr int users = 40'000;
  for (const UserModel model : {UserModel::pbm, UserModel::cascade, UserModel::dbn}) {
    SimulatedUser user;
    user.model = model;
    const std::vector<double> examined = true_examination(user, relevance);
    std::vector<double> clicks(relevance.size(), 0.0);
    for (int i = 0; i < users; ++i) {
      Rng rng(3, static_cast<std::uint64_t>(i));
      const std::vector<bool> clicked = simulate_clicks(user, relevance, rng);
      for (std::size_t r = 0; r < clicked.size(); ++r) clicks[r] += clicked[r] ? 1 : 0;
    }
    for (std::size_t r = 0; r < relevance.size(); ++r) {
      const double expected = examined[r] * user.attraction(relevance[r]);
      EXPECT_NEAR(clicks[r] / users, expected, 5 * std::sqrt(expected * (1 - expected) / users)) << name_of(model) << " at " << r + 1;
    }
  }
}

TEST(Simulation, ShufflesAsAsked) {
  const auto rankings = falling_rankings(1, 4);
  SimulationOptions options;
  options.searches = 400;
  const auto lists = [&](Shuffle shuffle) {
    options.shuffle = shuffle;
    std::map<std::string, int> found;
    for (const SearchRecord& record : simulate(rankings, options)) {
      std::string list;
      for (const ShownResult& shown : record.shown) list += shown.page.back();
      ++found[list];
    }
    return found;
  };
  EXPECT_EQ(lists(Shuffle::none).size(), 1U);
  EXPECT_EQ(lists(Shuffle::pairs).size(), 5U);  // 0123, 1023, 0132, 1032, 0213
  EXPECT_EQ(lists(Shuffle::all).size(), 24U);
}

TEST(Simulation, NeedsRelevance) {
  auto rankings = falling_rankings(1, 3);
  rankings[0].results[1].relevance = -1;
  EXPECT_THAT(message_of<Error>([&] { simulate(rankings, {}); }), HasSubstr("'q0-p1' has no relevance"));
  EXPECT_THROW(simulate({}, {}), Error);
  EXPECT_THROW(user_model("pbn"), UsageError);
  EXPECT_THROW(shuffle_named("some"), UsageError);
}

TEST(Rankings, AreReadStrictly) {
  const ScratchDirectory scratch;
  const auto refusal = [&](const std::string& text) {
    write_file_atomically(scratch / "r.jsonl", text);
    return message_of<Error>([&] { read_rankings(scratch / "r.jsonl"); });
  };
  write_file_atomically(scratch / "r.jsonl",
                        "{\"query\":\"q\",\"topic\":\"1\",\"results\":[\"a\",{\"page\":\"b\",\"sentence\":2,\"relevance\":0.5}]}\n");
  const auto rankings = read_rankings(scratch / "r.jsonl");
  ASSERT_EQ(rankings.size(), 1U);
  EXPECT_EQ(rankings[0].results[1].sentence, 2);
  EXPECT_EQ(rankings[0].results[0].relevance, -1);
  EXPECT_THAT(refusal("{\"query\":\"q\"}"), HasSubstr("r.jsonl:1: required key 'results'"));
  EXPECT_THAT(refusal("{\"query\":\"q\",\"results\":[3]}"), HasSubstr("an entry of 'results'"));
  EXPECT_THAT(refusal("{\"query\":\"q\",\"results\":[\"\"]}"), HasSubstr("is empty"));
  EXPECT_THAT(refusal("{\"query\":\"q\",\"results\":[\"a\",\"a\"]}"), HasSubstr("stands twice"));
  EXPECT_THAT(refusal("{\"query\":\"q\",\"results\":[{\"page\":\"a\",\"relevance\":2}]}"), HasSubstr("from 0 to 1"));
  EXPECT_THAT(refusal("{\"query\":\" \",\"results\":[]}"), HasSubstr("blank"));
  EXPECT_THAT(refusal("{\"query\":\"q\",\"results\":[]}\n{\"query\":\"Q \",\"results\":[]}"), HasSubstr("has a ranking already"));
}

// Clicks at (1/r): the second position's count twice the first one's, and the weights' mean is 1.
TEST(ClickExamples, WeighByTheInverseOfExamination) {
  std::vector<SearchRecord> records;
  for (int i = 0; i < 4000; ++i) {
    records.push_back(search("q", i % 2 == 0 ? "a* b" : "a b"));
    records.push_back(search("q", i % 4 == 0 ? "b a*" : "b a"));
    records.push_back(search("q", i % 2 == 0 ? "b* a" : "b a"));
    records.push_back(search("q", i % 4 == 0 ? "a b*" : "a b"));
  }
  records.push_back(search("once", "x* y"));
  records.back().shown[0].dwell = 1;
  SearchRecord unknown = search("q", "gone* b");
  unknown.shown[0].page = "";
  records.push_back(unknown);
  const ClickData data = data_of(records);
  const auto model = make_click_model("pbm");
  fit_all(*model, data);
  const auto collect = [&](ExampleOptions options, ExampleReport& report) {
    ExampleCollector collector(*model, data, options);
    for (const SearchRecord& record : records) collector.add(record);
    auto examples = collector.finish();
    report = collector.report();
    return examples;
  };
  ExampleReport report;
  auto examples = collect({}, report);
  ASSERT_EQ(examples.size(), 3U);
  EXPECT_EQ(report.unknown_pages, 1);
  EXPECT_EQ(report.clicks, 6001);
  double sum = 0;
  for (const ClickExample& example : examples) sum += example.weight;
  EXPECT_NEAR(sum, 3, 1e-9);
  // a and b have as many clicks at each position, so they weigh alike: 2000 + 1000 · 2 each, against one click of x.
  EXPECT_NEAR(examples[0].weight / examples[1].weight, 1, 1e-6);
  EXPECT_NEAR(examples[0].weight / examples[2].weight, 4000, 4000 * 0.08);

  ExampleOptions options;
  options.min_clicks = 2;
  EXPECT_EQ(collect(options, report).size(), 2U);
  EXPECT_EQ(report.too_few_clicks, 1);
  options.min_clicks = 1;
  options.min_dwell = 5;
  EXPECT_EQ(collect(options, report).size(), 2U);
  EXPECT_EQ(report.too_short, 1);
  options.min_dwell = 0;
  options.least_propensity = 1;  // nothing is weighted
  examples = collect(options, report);
  EXPECT_GE(report.clipped, 2000);
  EXPECT_NEAR(examples[0].weight / examples[2].weight, 3000, 1e-6);
  options.least_propensity = 0;
  EXPECT_THROW(collect(options, report), Error);
}

TEST(ClickExamples, AreReadBack) {
  const ScratchDirectory scratch;
  write_click_examples(scratch / "e.jsonl", {{"q", "a", 3, 0.5}, {"r", "b", -1, 2}});
  const auto examples = read_click_examples(scratch / "e.jsonl");
  ASSERT_EQ(examples.size(), 2U);
  EXPECT_EQ(examples[0].sentence, 3);
  EXPECT_EQ(examples[1].sentence, -1);
  EXPECT_DOUBLE_EQ(examples[1].weight, 2);
  write_file_atomically(scratch / "e.jsonl", "{\"query\":\"q\",\"page\":\"a\",\"weight\":0}");
  EXPECT_THAT(message_of<Error>([&] { read_click_examples(scratch / "e.jsonl"); }), HasSubstr("e.jsonl:1: the weight is 0"));
}

// The log shows the rankings upside down; the estimate of the right way up must hold the truth in its interval, which the logged rate is
// far from.
TEST(Counterfactual, FindsTheClickRateOfAnotherRanking) {
  const auto best_first = falling_rankings(4, 5);
  auto worst_first = best_first;
  for (Ranking& ranking : worst_first) std::reverse(ranking.results.begin(), ranking.results.end());
  SimulationOptions options;
  options.searches = 40'000;
  const ClickData data = data_of(simulate(worst_first, options));
  double truth = 0;
  const std::vector<double> relevance = {1, 0.75, 0.5, 0.25, 0};
  const auto examined = true_examination(options.user, relevance);
  for (std::size_t i = 0; i < relevance.size(); ++i) truth += examined[i] * options.user.attraction(relevance[i]);
  const auto model = make_click_model("pbm");
  fit_all(*model, data);
  const CounterfactualReport report = estimate_click_rate(*model, data, best_first);
  EXPECT_EQ(report.searches, 40'000);
  EXPECT_DOUBLE_EQ(report.coverage, 1);
  EXPECT_LT(report.logged.value, 0.8 * truth);
  // The interval knows of the searches drawn, not of the fitted examination: that adds its own error of a few percent.
  for (const Estimate& estimate : {report.ips, report.snips}) {
    EXPECT_NEAR(estimate.value, truth, 0.08 * truth);
    EXPECT_LT(estimate.interval.low, estimate.value);
    EXPECT_GT(estimate.interval.high, estimate.value);
  }
  EXPECT_NEAR(report.model, truth, 0.08 * truth);
  EXPECT_GT(report.effective_size, 1000);
}

TEST(Counterfactual, TheLoggedRankingIsItself) {
  std::vector<SearchRecord> records;
  for (int i = 0; i < 100; ++i) records.push_back(search("q", i % 3 == 0 ? "a* b" : "a b"));
  records.push_back(search("other", "a*"));
  const ClickData data = data_of(records);
  const auto model = make_click_model("pbm");
  fit_all(*model, data);
  const CounterfactualReport report = estimate_click_rate(*model, data, {{"q", "", {{"a"}, {"b"}}}});
  EXPECT_EQ(report.without_ranking, 1);
  EXPECT_NEAR(report.ips.value, 0.34, 1e-12);
  EXPECT_NEAR(report.snips.value, 0.34, 1e-12);
  // Of a page that was never shown nothing is known: IPS counts it as nothing, SNIPS as average.
  const CounterfactualReport half = estimate_click_rate(*model, data, {{"q", "", {{"a"}, {"new"}}}});
  EXPECT_NEAR(half.ips.value, 0.34, 1e-12);
  EXPECT_GT(half.snips.value, half.ips.value);
  EXPECT_LT(half.coverage, 1);
  EXPECT_THAT(message_of<Error>([&] { estimate_click_rate(*model, data, {{"never", "", {{"a"}}}}); }),
              HasSubstr("none of the log's 2 queries"));
}

TEST(JudgedRankings, ByTopicAndByQuery) {
  const ScratchDirectory scratch;
  write_file_atomically(scratch / "qrels.txt", "7 0 a 2\n7 0 b 0\n8 0 a 0\n");
  const JudgedTopics topics = read_judgements(scratch / "qrels.txt");
  JudgedMean mean(topics, 10);
  SearchRecord record = search("words", "x a");
  record.topic = "7";
  mean.add(record);
  record.topic = "8";
  mean.add(record);
  ASSERT_EQ(mean.judged(), 1);
  EXPECT_EQ(mean.not_judged(), 1);
  EXPECT_NEAR(mean.values()[0], 1 / std::log2(3), 1e-12);
  write_file_atomically(scratch / "qrels.jsonl", "{\"query\":\"The  Words\",\"page\":\"a\",\"relevance\":1}\n");
  const JudgedTopics queries = read_judgements(scratch / "qrels.jsonl");
  JudgedMean by_query(queries, 10);
  by_query.add(Ranking{"the words", "", {{"a"}, {"x"}}});
  EXPECT_DOUBLE_EQ(by_query.values().at(0), 1);
  write_file_atomically(scratch / "qrels.txt", "7 0 a\n");
  EXPECT_THAT(message_of<Error>([&] { read_judgements(scratch / "qrels.txt"); }), HasSubstr("qrels.txt:1: 'topic 0 page relevance'"));
  write_file_atomically(scratch / "qrels.txt", "7 0 a high\n");
  EXPECT_THAT(message_of<Error>([&] { read_judgements(scratch / "qrels.txt"); }), HasSubstr("no whole number"));
  write_file_atomically(scratch / "qrels.txt", "\n");
  EXPECT_THAT(message_of<Error>([&] { read_judgements(scratch / "qrels.txt"); }), HasSubstr("no judgements"));
}

}  // namespace
}  // namespace fathom::clicks
