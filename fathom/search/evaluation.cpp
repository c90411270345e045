#include "fathom/search/evaluation.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_set>
#include <utility>

#include "fathom/metrics/confidence.h"
#include "fathom/metrics/paired_test.h"
#include "fathom/search/snippet.h"

namespace fathom::search {
namespace {

constexpr std::int64_t cut = 10;

double mean(const std::vector<double>& values) {
  return values.empty() ? 0.0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Calls `visit` with each measure's name and values.
template <typename Visit>
void for_each_measure(const ModeScores& scores, const EvaluationOptions& options, Visit&& visit) {
  for (std::size_t r = 0; r < options.recall_at.size(); ++r) visit(fmt::format("recall@{}", options.recall_at[r]), scores.recall[r]);
  visit("mrr@10", scores.reciprocal_rank);
  visit("ndcg@10", scores.ndcg);
}

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

void add_query(ModeScores& scores, const Run& run, const metrics::Judgements& judgements, const EvaluationOptions& options) {
  for (std::size_t r = 0; r < options.recall_at.size(); ++r)
    scores.recall[r].push_back(metrics::recall_at(run, judgements, options.recall_at[r]));
  scores.reciprocal_rank.push_back(reciprocal_rank_at_cut(run, judgements));
  scores.ndcg.push_back(metrics::ndcg_at(run, judgements, cut));
}

// What the cells of an index find of the best pages by vectors, for these queries.
OrderedJson recall_of_cells(const Searcher::View& view, const std::vector<JudgedQuery>& queries) {
  constexpr std::int64_t depths[] = {10, 100};
  std::int64_t found[] = {0, 0}, all[] = {0, 0};
  for (const JudgedQuery& query : queries) {
    const index::QuantizedQuery vector(view.encoder->encode_query(query.text));
    for (std::size_t d = 0; d < std::size(depths); ++d) {
      std::unordered_set<std::int64_t> exact;
      for (const index::PageVectorHit& hit : view.reader.search_vectors(vector, depths[d], {}, true)) exact.insert(hit.page);
      all[d] += static_cast<std::int64_t>(exact.size());
      for (const index::PageVectorHit& hit : view.reader.search_vectors(vector, depths[d])) found[d] += exact.contains(hit.page) ? 1 : 0;
    }
  }
  const auto share = [&](std::size_t d) { return all[d] > 0 ? static_cast<double>(found[d]) / static_cast<double>(all[d]) : 1.0; };
  return {{"recall_of_10_best", share(0)}, {"recall_of_100_best", share(1)}};
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

Evaluation evaluate(Searcher& searcher, const std::vector<JudgedQuery>& queries, const EvaluationOptions& options) {
  Evaluation result;
  result.options = options;
  result.queries = queries.size();
  for (ModeScores& scores : result.modes) scores.recall.resize(options.recall_at.size());
  std::vector<metrics::Answered> answers;
  searcher.with_view([&](const Searcher::View& view) {
    result.ranking = view.ranking;
    if (!view.reader.cells().empty() && view.encoder != nullptr) result.cells = recall_of_cells(view, queries);
    for (const JudgedQuery& query : queries) {
      for (const auto& [page, grade] : query.judgements) result.unknown_pages += grade >= 1 && !view.reader.find(page);
      const CandidateSet set = searcher.candidates(view, query.text, options.depth);
      const std::vector<std::string> ids = ids_of(set, view);
      for (std::size_t m = 0; m < evaluated_modes.size(); ++m) {
        const std::vector<Ranked> ranked = order(set.candidates, evaluated_modes[m], view.ranking);
        const Run run = run_of(ranked, ids);
        add_query(result.modes[m], run, query.judgements, options);
        if (evaluated_modes[m] != Mode::hybrid || ranked.empty()) continue;
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
  if (!answers.empty()) {
    const auto right = std::count_if(answers.begin(), answers.end(), [](const metrics::Answered& answer) { return answer.correct; });
    result.first_result = {{"right", static_cast<double>(right) / static_cast<double>(answers.size())},
                           {"area_under_risk_coverage", metrics::area_under_risk_coverage(answers)},
                           {"calibration_error", metrics::calibration_error(answers)}};
  }
  return result;
}

OrderedJson Evaluation::to_json() const {
  OrderedJson result = {{"queries", queries}, {"relevant_pages_not_in_index", unknown_pages}};
  for (std::size_t m = 0; m < modes.size(); ++m)
    for_each_measure(modes[m], options, [&](const std::string& measure, const std::vector<double>& values) {
      result[std::string(name_of(evaluated_modes[m]))][measure] = mean(values);
    });
  if (!first_result.is_null()) result["first_result"] = first_result;
  if (!cells.is_null()) result["cells"] = cells;
  result["ranking"] = ranking.to_json();
  return result;
}

OrderedJson compare(const Evaluation& evaluation, const Evaluation& baseline) {
  OrderedJson result;
  for (std::size_t m = 0; m < evaluated_modes.size(); ++m) {
    std::vector<const std::vector<double>*> theirs;
    for_each_measure(baseline.modes[m], baseline.options,
                     [&](const std::string&, const std::vector<double>& values) { theirs.push_back(&values); });
    std::size_t next = 0;
    for_each_measure(evaluation.modes[m], evaluation.options, [&](const std::string& measure, const std::vector<double>& values) {
      const metrics::PairedComparison test = metrics::compare_paired(values, *theirs.at(next++));
      result[std::string(name_of(evaluated_modes[m]))][measure] = {
          {"difference", test.difference}, {"low", test.interval.low}, {"high", test.interval.high}, {"p", test.p_value}};
    });
  }
  return result;
}

}  // namespace fathom::search
