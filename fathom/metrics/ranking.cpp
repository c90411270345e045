#include "fathom/metrics/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "fathom/base/error.h"

namespace fathom::metrics {
namespace {

// Judgements of the run's documents, best first.
std::vector<int> ranked_judgements(const std::vector<Retrieved>& run, const Judgements& judgements) {
  std::unordered_set<std::string> seen;
  std::vector<int> out;
  for (const Retrieved& hit : trec_order(run)) {
    require(seen.insert(hit.document).second, "the document '{}' stands twice in the results of one query", hit.document);
    const auto found = judgements.find(hit.document);
    out.push_back(found == judgements.end() ? 0 : found->second);
  }
  return out;
}

std::int64_t count_relevant(const Judgements& judgements) {
  return std::count_if(judgements.begin(), judgements.end(), [](const auto& entry) { return entry.second >= 1; });
}

std::int64_t relevant_among_first(const std::vector<Retrieved>& run, const Judgements& judgements, std::int64_t k) {
  require(k >= 1, "a cut at rank k needs k >= 1, got {}", k);
  const std::vector<int> ranked = ranked_judgements(run, judgements);
  const auto end = ranked.begin() + std::min<std::ptrdiff_t>(k, static_cast<std::ptrdiff_t>(ranked.size()));
  return std::count_if(ranked.begin(), end, [](int judgement) { return judgement >= 1; });
}

double discounted_gain(const std::vector<int>& judgements, std::size_t depth) {
  double sum = 0.0;
  for (std::size_t i = 0; i < std::min(depth, judgements.size()); ++i)
    if (judgements[i] > 0) sum += judgements[i] / std::log2(static_cast<double>(i) + 2.0);
  return sum;
}

}  // namespace

SemevalScores semeval_scores(const std::vector<std::vector<Candidate>>& questions, std::int64_t depth) {
  require(!questions.empty(), "there is no question to score");
  require(depth >= 1, "at least the best candidate must count, got a depth of {}", depth);
  SemevalScores scores;
  std::vector<double> found_at(static_cast<std::size_t>(depth)), possible_at(static_cast<std::size_t>(depth));
  for (const std::vector<Candidate>& candidates : questions) {
    std::vector<std::size_t> order(candidates.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (const Candidate& candidate : candidates) require(!std::isnan(candidate.score), "a candidate's score is not a number");
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return candidates[a].score > candidates[b].score; });
    const double relevant = static_cast<double>(
        std::count_if(candidates.begin(), candidates.end(), [](const Candidate& candidate) { return candidate.relevant; }));

    double found = 0.0, precisions = 0.0, reciprocal = 0.0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(depth); ++i) {
      if (i < order.size() && candidates[order[i]].relevant) {
        found += 1.0;
        precisions += found / static_cast<double>(i + 1);
        if (reciprocal == 0.0) reciprocal = 1.0 / static_cast<double>(i + 1);
      }
      found_at[i] += found;
      possible_at[i] += std::min(relevant, static_cast<double>(i + 1));
    }
    scores.average_precision.push_back(found > 0.0 ? precisions / found : 0.0);
    scores.reciprocal_rank.push_back(reciprocal);
  }
  const double count = static_cast<double>(questions.size());
  scores.map = std::accumulate(scores.average_precision.begin(), scores.average_precision.end(), 0.0) / count;
  scores.mrr = std::accumulate(scores.reciprocal_rank.begin(), scores.reciprocal_rank.end(), 0.0) / count;
  for (std::size_t i = 0; i < found_at.size(); ++i)
    if (possible_at[i] > 0.0) scores.average_recall += found_at[i] / possible_at[i] / static_cast<double>(depth);
  return scores;
}

std::vector<Retrieved> trec_order(std::vector<Retrieved> run) {
  for (const Retrieved& hit : run) require(!std::isnan(hit.score), "the score of document '{}' is not a number", hit.document);
  std::sort(run.begin(), run.end(),
            [](const Retrieved& a, const Retrieved& b) { return a.score != b.score ? a.score > b.score : a.document > b.document; });
  return run;
}

double average_precision(const std::vector<Retrieved>& run, const Judgements& judgements) {
  const std::int64_t relevant = count_relevant(judgements);
  if (relevant == 0) return 0.0;
  const std::vector<int> ranked = ranked_judgements(run, judgements);
  double found = 0.0, sum = 0.0;
  for (std::size_t i = 0; i < ranked.size(); ++i)
    if (ranked[i] >= 1) sum += ++found / static_cast<double>(i + 1);
  return sum / static_cast<double>(relevant);
}

double reciprocal_rank(const std::vector<Retrieved>& run, const Judgements& judgements) {
  const std::vector<int> ranked = ranked_judgements(run, judgements);
  for (std::size_t i = 0; i < ranked.size(); ++i)
    if (ranked[i] >= 1) return 1.0 / static_cast<double>(i + 1);
  return 0.0;
}

double precision_at(const std::vector<Retrieved>& run, const Judgements& judgements, std::int64_t k) {
  return static_cast<double>(relevant_among_first(run, judgements, k)) / static_cast<double>(k);
}

double recall_at(const std::vector<Retrieved>& run, const Judgements& judgements, std::int64_t k) {
  const std::int64_t found = relevant_among_first(run, judgements, k), relevant = count_relevant(judgements);
  return relevant == 0 ? 0.0 : static_cast<double>(found) / static_cast<double>(relevant);
}

double ndcg_at(const std::vector<Retrieved>& run, const Judgements& judgements, std::int64_t k) {
  require(k >= 0, "nDCG needs a cut of 0 (the whole list) or more, got {}", k);
  std::vector<int> ideal;
  for (const auto& [document, judgement] : judgements) ideal.push_back(judgement);
  std::sort(ideal.rbegin(), ideal.rend());
  const std::vector<int> ranked = ranked_judgements(run, judgements);
  const double best = discounted_gain(ideal, k == 0 ? ideal.size() : static_cast<std::size_t>(k));
  return best > 0.0 ? discounted_gain(ranked, k == 0 ? ranked.size() : static_cast<std::size_t>(k)) / best : 0.0;
}

}  // namespace fathom::metrics
