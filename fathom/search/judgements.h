// Queries and which pages answer them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fathom/metrics/ranking.h"

namespace fathom::search {

struct JudgedQuery {
  std::string id, text;
  metrics::Judgements judgements;  // page id → grade
};

// Queries: JSON records with `qid`, `_id` or `id`, and `text` or `query`; plain or compressed. Judgements: TREC ("query 0 page grade",
// white space between) or BEIR ("query-id TAB corpus-id TAB score" with that header line). Queries without a judgement of 1 or more are
// left out, as trec_eval does. Throws Error with file:line for what is neither, and when no judged query is left.
std::vector<JudgedQuery> read_judged_queries(const std::filesystem::path& queries, const std::filesystem::path& judgements);

}  // namespace fathom::search
