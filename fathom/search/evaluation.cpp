#include "fathom/search/evaluation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "fathom/metrics/confidence.h"

namespace fathom::search {
namespace {

constexpr Mode modes[] = {Mode::bm25, Mode::vectors, Mode::hybrid, Mode::reciprocal_rank, Mode::min_max};
constexpr std::int64_t cut = 10;

struct Sums {
  std::vector<double> recall;
  double reciprocal_rank = 0.0, ndcg = 0.0;
};

using Run = std::vector<metrics::Retrieved>;

// Our order, equal scores included, as scores that no rule for ties can change.
Run run_of(const std::vector<Ranked>& ranked, const std::vector<std::string>& ids) {
  Run run;
  for (std::size_t i = 0; i < ranked.size(); ++i) run.push_back({ids[ranked[i].candidate], -static_cast<double>(i)});
  return run;
}

std::vector<std::string> ids_of(const CandidateSet& set, const Searcher::View& view) {
  std::vector<std::string> ids;
  for (const Candidate& candidate : set.candidates) ids.push_back(view.reader.id(candidate.number));
  return ids;
}

double reciprocal_rank_at_cut(const Run& run, const metrics::Judgements& judgements) {
  const Run top(run.begin(), run.begin() + std::min<std::ptrdiff_t>(cut, static_cast<std::ptrdiff_t>(run.size())));
  return metrics::reciprocal_rank(top, judgements);
}

}  // namespace

std::vector<QueryScores> score_queries(Searcher& searcher, const std::vector<JudgedQuery>& queries, Mode mode, std::int64_t depth) {
  std::vector<QueryScores> scores;
  searcher.with_view([&](const Searcher::View& view) {
    for (const JudgedQuery& query : queries) {
      const CandidateSet set = searcher.candidates(view, query.text, depth);
      const Run run = run_of(order(set.candidates, mode, view.ranking), ids_of(set, view));
      scores.push_back({metrics::ndcg_at(run, query.judgements, cut), reciprocal_rank_at_cut(run, query.judgements),
                        metrics::recall_at(run, query.judgements, cut)});
    }
  });
  return scores;
}

QueryScores mean(const std::vector<QueryScores>& scores) {
  QueryScores sum;
  for (const QueryScores& one : scores) {
    sum.ndcg += one.ndcg;
    sum.reciprocal_rank += one.reciprocal_rank;
    sum.recall += one.recall;
  }
  const double count = std::max(1.0, static_cast<double>(scores.size()));
  return {sum.ndcg / count, sum.reciprocal_rank / count, sum.recall / count};
}

OrderedJson evaluate(Searcher& searcher, const std::vector<JudgedQuery>& queries, const EvaluationOptions& options) {
  std::vector<Sums> sums(std::size(modes));
  for (Sums& sum : sums) sum.recall.assign(options.recall_at.size(), 0.0);
  std::vector<metrics::Answered> answers;
  std::int64_t unknown_pages = 0;
  Ranking ranking;
  searcher.with_view([&](const Searcher::View& view) {
    ranking = view.ranking;
    for (const JudgedQuery& query : queries) {
      for (const auto& [page, grade] : query.judgements) unknown_pages += grade >= 1 && !view.reader.find(page);
      const CandidateSet set = searcher.candidates(view, query.text, options.depth);
      const std::vector<std::string> ids = ids_of(set, view);
      for (std::size_t m = 0; m < std::size(modes); ++m) {
        const std::vector<Ranked> ranked = order(set.candidates, modes[m], view.ranking);
        const Run run = run_of(ranked, ids);
        for (std::size_t r = 0; r < options.recall_at.size(); ++r)
          sums[m].recall[r] += metrics::recall_at(run, query.judgements, options.recall_at[r]);
        sums[m].reciprocal_rank += reciprocal_rank_at_cut(run, query.judgements);
        sums[m].ndcg += metrics::ndcg_at(run, query.judgements, cut);
        if (modes[m] != Mode::hybrid || ranked.empty()) continue;
        const auto judged = query.judgements.find(run.front().document);
        answers.push_back({ranked.front().probability, judged != query.judgements.end() && judged->second >= 1});
      }
    }
  });
  const auto count = static_cast<double>(queries.size());
  OrderedJson result = {{"queries", queries.size()}, {"relevant_pages_not_in_index", unknown_pages}};
  for (std::size_t m = 0; m < std::size(modes); ++m) {
    OrderedJson scores;
    for (std::size_t r = 0; r < options.recall_at.size(); ++r)
      scores[fmt::format("recall@{}", options.recall_at[r])] = sums[m].recall[r] / count;
    scores["mrr@10"] = sums[m].reciprocal_rank / count;
    scores["ndcg@10"] = sums[m].ndcg / count;
    result[std::string(name_of(modes[m]))] = std::move(scores);
  }
  if (!answers.empty()) {
    const auto right = std::count_if(answers.begin(), answers.end(), [](const metrics::Answered& answer) { return answer.correct; });
    result["first_result"] = {{"right", static_cast<double>(right) / static_cast<double>(answers.size())},
                              {"area_under_risk_coverage", metrics::area_under_risk_coverage(answers)},
                              {"calibration_error", metrics::calibration_error(answers)}};
  }
  result["ranking"] = ranking.to_json();
  return result;
}

}  // namespace fathom::search
