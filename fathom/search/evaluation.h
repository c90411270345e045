// How good an index's rankings are on judged queries.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/search/judgements.h"
#include "fathom/search/searcher.h"

namespace fathom::search {

// Of one query, or means over some, by trec_eval's rules: nDCG@10, MRR@10, Recall@10.
struct QueryScores {
  double ndcg = 0, reciprocal_rank = 0, recall = 0;
};
// Of each query by one way to rank. Nothing is folded: copies of a page are pages of their own, as judged.
std::vector<QueryScores> score_queries(Searcher& searcher, const std::vector<JudgedQuery>& queries, Mode mode, std::int64_t depth = 1000);
QueryScores mean(const std::vector<QueryScores>& scores);

struct EvaluationOptions {
  std::vector<std::int64_t> recall_at = {5, 10, 20, 100};
  std::int64_t depth = 1000;  // of each half's candidates
};

constexpr std::array evaluated_modes = {Mode::bm25, Mode::vectors, Mode::hybrid, Mode::reciprocal_rank, Mode::min_max};

// Of one mode, a value for each query, in their order.
struct ModeScores {
  std::vector<std::vector<double>> recall;  // [of recall_at][query]
  std::vector<double> reciprocal_rank, ndcg;
};

struct Evaluation {
  EvaluationOptions options;
  std::size_t queries = 0;
  std::int64_t unknown_pages = 0;                        // judged relevant, and not in the index
  std::array<ModeScores, evaluated_modes.size()> modes;  // in the order of evaluated_modes
  OrderedJson first_result;                              // null: there was none
  OrderedJson cells;                                     // what approximate search finds of the best pages; null: the index has no cells
  Ranking ranking;

  // Means over the queries.
  OrderedJson to_json() const;
};

// For every mode: Recall@k, MRR@10 and nDCG@10 by trec_eval's rules (of the queries that have a relevant page), and of hybrid also how well
// its probabilities tell right first results from wrong ones. Nothing is folded: copies of a page are pages of their own, as judged.
Evaluation evaluate(Searcher& searcher, const std::vector<JudgedQuery>& queries, const EvaluationOptions& options = {});

// Of every mode and measure the mean difference to the same mode of a baseline on the same queries, its 95% interval and p
// (metrics/paired_test.h). Throws Error when the queries differ in number.
OrderedJson compare(const Evaluation& evaluation, const Evaluation& baseline);

}  // namespace fathom::search
