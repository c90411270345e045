// How good an index's rankings are on judged queries.
#pragma once

#include <cstdint>
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

// For every mode: Recall@k, MRR@10 and nDCG@10 by trec_eval's rules (means over the queries that have a relevant page), and of hybrid also
// how well its probabilities tell right first results from wrong ones. Nothing is folded: copies of a page are pages of their own, as
// judged.
OrderedJson evaluate(Searcher& searcher, const std::vector<JudgedQuery>& queries, const EvaluationOptions& options = {});

}  // namespace fathom::search
