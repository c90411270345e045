#include "fathom/search/learn_ranking.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace fathom::search {
namespace {

constexpr int weight_steps = 20;
constexpr std::int64_t depth = 200;        // of each half's candidates
constexpr std::int64_t cut = 10;           // nDCG@10
constexpr std::size_t most_negatives = 5;  // a query and half

double ndcg(const std::vector<Ranked>& ranked, const RankingExample& example) {
  double gained = 0.0, ideal = 0.0;
  std::vector<double> gains = example.gains;
  std::sort(gains.rbegin(), gains.rend());
  for (std::size_t i = 0; i < static_cast<std::size_t>(cut); ++i) {
    const double discount = 1.0 / std::log2(static_cast<double>(i) + 2.0);
    if (i < ranked.size()) gained += discount * example.gains[ranked[i].candidate];
    if (i < gains.size()) ideal += discount * gains[i];
  }
  return ideal > 0.0 ? gained / ideal : 0.0;
}

// Whether b is no better than a by more than the standard error of their mean difference.
bool within_error(const std::vector<RankingExample>& examples, const std::vector<double>& a, const std::vector<double>& b) {
  const double difference = mean_ndcg(examples, b) - mean_ndcg(examples, a);
  double squares = 0.0, weights = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double deviation = examples[i].weight * (b[i] - a[i] - difference);
    squares += deviation * deviation;
    weights += examples[i].weight;
  }
  const auto count = static_cast<double>(a.size());
  return difference <= std::sqrt(squares * count / std::max(1.0, count - 1.0)) / weights;
}

// A half's score as log-odds of being right, over all candidates.
template <typename Score>
std::optional<metrics::Logistic> fit_half(const std::vector<RankingExample>& examples, Score&& score_of) {
  std::vector<std::pair<double, bool>> samples;
  for (const RankingExample& example : examples)
    for (std::size_t i = 0; i < example.candidates.size(); ++i) samples.emplace_back(score_of(example.candidates[i]), example.gains[i] > 0);
  return metrics::fit_logistic(samples);
}

std::optional<metrics::Logistic> fit_mixture(const std::vector<RankingExample>& examples, const Ranking& ranking) {
  std::vector<std::pair<double, bool>> samples;
  for (const RankingExample& example : examples) {
    if (!example.as_searched) continue;
    std::optional<double> right, wrong;
    for (std::size_t i = 0; i < example.candidates.size(); ++i) {
      const double logit = ranking.logit(example.candidates[i]);
      std::optional<double>& best = example.gains[i] > 0 ? right : wrong;
      best = std::max(best.value_or(logit), logit);
    }
    if (right) samples.emplace_back(*right, true);
    if (wrong) samples.emplace_back(*wrong, false);
  }
  return metrics::fit_logistic(samples);
}

}  // namespace

std::vector<double> example_ndcg(const std::vector<RankingExample>& examples, const Ranking& ranking) {
  std::vector<double> values;
  for (const RankingExample& example : examples) values.push_back(ndcg(order(example.candidates, Mode::hybrid, ranking), example));
  return values;
}

double mean_ndcg(const std::vector<RankingExample>& examples, const std::vector<double>& values) {
  double sum = 0.0, weights = 0.0;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    sum += examples[i].weight * values[i];
    weights += examples[i].weight;
  }
  return weights > 0.0 ? sum / weights : 0.0;
}

std::vector<RankingExample> judged_examples(Searcher& searcher, const std::vector<JudgedQuery>& queries) {
  std::vector<RankingExample> examples;
  searcher.with_view([&](const Searcher::View& view) {
    for (const JudgedQuery& query : queries) {
      RankingExample example;
      example.candidates = searcher.candidates(view, query.text, depth).candidates;
      for (const Candidate& candidate : example.candidates) {
        const auto found = query.judgements.find(view.reader.id(candidate.number));
        example.gains.push_back(found != query.judgements.end() ? std::max(0, found->second) : 0);
      }
      examples.push_back(std::move(example));
    }
  });
  return examples;
}

Ranking learn_ranking(const std::vector<RankingExample>& examples, const std::string& learnt_from, const Evidence& evidence) {
  Ranking ranking;
  ranking.evidence = evidence;
  const auto text = fit_half(examples, [](const Candidate& c) { return c.text_share; });
  const auto vectors = fit_half(examples, [](const Candidate& c) { return c.cosine; });
  if (text) ranking.text = *text;
  if (vectors) ranking.vectors = *vectors;
  std::vector<std::vector<double>> quality;
  for (int step = 0; step <= weight_steps; ++step) {
    ranking.vector_weight = static_cast<double>(step) / weight_steps;
    quality.push_back(example_ndcg(examples, ranking));
  }
  const auto mean = [&](const std::vector<double>& values) { return mean_ndcg(examples, values); };
  // From the better half on: the best weight, and then the nearest one that is as good as far as the examples can tell.
  const bool text_is_better = mean(quality.front()) >= mean(quality.back());
  if (!text_is_better) std::reverse(quality.begin(), quality.end());
  const auto best = std::max_element(quality.begin(), quality.end(), [&](const auto& a, const auto& b) { return mean(a) < mean(b); });
  const auto chosen = std::find_if(quality.begin(), best, [&](const auto& values) { return within_error(examples, values, *best); });
  const double share = static_cast<double>(chosen - quality.begin()) / weight_steps;
  ranking.vector_weight = text_is_better ? share : 1.0 - share;
  calibrate(ranking, examples);
  ranking.learnt_from = learnt_from;
  return ranking;
}

void calibrate(Ranking& ranking, const std::vector<RankingExample>& examples) {
  if (const auto fused = fit_mixture(examples, ranking)) ranking.fused = *fused;
}

}  // namespace fathom::search
