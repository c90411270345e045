// Measures a FAQ's matcher on judged questions.
#pragma once

#include <vector>

#include "fathom/base/json.h"
#include "fathom/faq/faq.h"
#include "fathom/faq/question_sets.h"

namespace fathom::faq {

// Re-ranks each question's candidates: `map`, `avgrec`, `mrr` in percent by SemEval's rules (metrics/ranking.h), the engine's own order,
// the difference to it with a paired test, ablations of the three parts, and the baselines with and without the engine's rank. The FAQ's
// entries play no part, only its matcher.
OrderedJson evaluate_candidates(const std::vector<CandidateList>& lists, QuestionMatcher& matcher);

// Searches the FAQ for each query: MRR, MAP, Recall@1/5/10 (fractions, trec_eval's rules, at most 10 results a query), BM25 alone beside
// it, and for the best result risk against coverage, its area, and calibration. Throws Error when the FAQ has none of the queries' entries.
OrderedJson evaluate_search(const std::vector<JudgedQuery>& queries, FaqSearcher& searcher, const SearchOptions& options);

}  // namespace fathom::faq
