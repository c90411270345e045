#include "fathom/search/evaluation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "fathom/metrics/confidence.h"
#include "fathom/search/snippet.h"

namespace fathom::search {
namespace {

constexpr Mode modes[] = {Mode::bm25, Mode::vectors, Mode::hybrid, Mode::reciprocal_rank, Mode::min_max};
constexpr std::int64_t cut = 10;

struct Sums {
  std::vector<double> recall;
  double reciprocal_rank = 0.0, ndcg = 0.0;
};

}  // namespace

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
      std::vector<std::string> ids;
      for (const Candidate& candidate : set.candidates) ids.push_back(view.reader.id(candidate.number));
      for (std::size_t m = 0; m < std::size(modes); ++m) {
        const std::vector<Ranked> ranked = order(set.candidates, modes[m], view.ranking);
        // Our order, equal scores included, as scores that no rule for ties can change.
        std::vector<metrics::Retrieved> run;
        for (std::size_t i = 0; i < ranked.size(); ++i) run.push_back({ids[ranked[i].candidate], -static_cast<double>(i)});
        for (std::size_t r = 0; r < options.recall_at.size(); ++r)
          sums[m].recall[r] += metrics::recall_at(run, query.judgements, options.recall_at[r]);
        std::vector<metrics::Retrieved> top(run.begin(),
                                            run.begin() + std::min<std::ptrdiff_t>(cut, static_cast<std::ptrdiff_t>(run.size())));
        sums[m].reciprocal_rank += metrics::reciprocal_rank(top, query.judgements);
        sums[m].ndcg += metrics::ndcg_at(run, query.judgements, cut);
        if (modes[m] != Mode::hybrid || ranked.empty()) continue;
        const auto judged = query.judgements.find(run.front().document);
        SearchHit first;
        first.parts = set.candidates[ranked.front().candidate];
        first.number = first.parts.number;
        fill_hit(first, view.reader, set.terms);
        answers.push_back(
            {view.ranking.probability(ranked.front().log_odds, first.coverage), judged != query.judgements.end() && judged->second >= 1});
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
