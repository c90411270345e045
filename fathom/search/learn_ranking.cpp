#include "fathom/search/learn_ranking.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

namespace fathom::search {
namespace {

constexpr int weight_steps = 20;
constexpr std::int64_t depth = 200;        // of each half's candidates
constexpr std::int64_t cut = 10;           // nDCG@10
constexpr std::size_t most_negatives = 5;  // a query and half

// Gains are the grades, as trec_eval's. `ideal` counts the candidates only: which pages the halves do not find is the same for all weights.
double ndcg(const std::vector<Ranked>& ranked, const RankingExample& example) {
  double gained = 0.0, ideal = 0.0;
  std::vector<int> grades = example.grades;
  std::sort(grades.rbegin(), grades.rend());
  for (std::size_t i = 0; i < static_cast<std::size_t>(cut); ++i) {
    const double discount = 1.0 / std::log2(static_cast<double>(i) + 2.0);
    if (i < ranked.size()) gained += discount * std::max(0, example.grades[ranked[i].candidate]);
    if (i < grades.size()) ideal += discount * std::max(0, grades[i]);
  }
  return ideal > 0.0 ? gained / ideal : 0.0;
}

double mean_ndcg(const std::vector<RankingExample>& examples, const Ranking& ranking) {
  double sum = 0.0, weights = 0.0;
  for (const RankingExample& example : examples) {
    sum += example.weight * ndcg(order(example.candidates, Mode::hybrid, ranking), example);
    weights += example.weight;
  }
  return weights > 0.0 ? sum / weights : 0.0;
}

// Scores of what is right, and of the wrong pages that come nearest by this score.
template <typename Score>
std::optional<metrics::Logistic> fit(const std::vector<RankingExample>& examples, std::size_t negatives, Score&& score_of) {
  std::vector<std::pair<double, bool>> samples;
  for (const RankingExample& example : examples) {
    std::vector<double> wrong, right;
    for (std::size_t i = 0; i < example.candidates.size(); ++i)
      (example.grades[i] > 0 ? right : wrong).push_back(score_of(example.candidates[i]));
    const std::size_t kept = std::min(negatives, wrong.size());
    std::partial_sort(wrong.begin(), wrong.begin() + static_cast<std::ptrdiff_t>(kept), wrong.end(), std::greater<>());
    for (std::size_t i = 0; i < kept; ++i) samples.emplace_back(wrong[i], false);
    if (!right.empty()) samples.emplace_back(*std::max_element(right.begin(), right.end()), true);
  }
  return metrics::fit_logistic(samples);
}

}  // namespace

std::vector<RankingExample> judged_examples(Searcher& searcher, const std::vector<JudgedQuery>& queries) {
  std::vector<RankingExample> examples;
  searcher.with_view([&](const Searcher::View& view) {
    for (const JudgedQuery& query : queries) {
      RankingExample example;
      example.candidates = searcher.candidates(view, query.text, depth).candidates;
      for (const Candidate& candidate : example.candidates) {
        const auto found = query.judgements.find(view.reader.id(candidate.number));
        example.grades.push_back(found != query.judgements.end() ? std::max(0, found->second) : 0);
      }
      examples.push_back(std::move(example));
    }
  });
  return examples;
}

Ranking learn_ranking(const std::vector<RankingExample>& examples, const std::string& learnt_from) {
  Ranking ranking;
  const auto text = fit(examples, most_negatives, [](const Candidate& c) { return c.text_share; });
  const auto vectors = fit(examples, most_negatives, [](const Candidate& c) { return c.cosine; });
  if (text) ranking.text = *text;
  if (vectors) ranking.vectors = *vectors;
  std::vector<double> quality;
  for (int step = 0; step <= weight_steps; ++step) {
    ranking.vector_weight = static_cast<double>(step) / weight_steps;
    quality.push_back(mean_ndcg(examples, ranking));
  }
  const bool text_is_better = quality.front() >= quality.back();
  int best = text_is_better ? 0 : weight_steps;
  for (int step = 0; step <= weight_steps; ++step) {
    const int weight = text_is_better ? step : weight_steps - step;
    if (quality[static_cast<std::size_t>(weight)] > quality[static_cast<std::size_t>(best)] + 1e-9) best = weight;
  }
  ranking.vector_weight = static_cast<double>(best) / weight_steps;
  if (const auto fused = fit(examples, 1, [&](const Candidate& c) { return ranking.logit(c); })) ranking.fused = *fused;
  ranking.learnt_from = learnt_from;
  return ranking;
}

}  // namespace fathom::search
