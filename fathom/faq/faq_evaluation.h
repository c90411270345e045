// Measures a FAQ's matcher on judged questions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/faq/faq.h"
#include "fathom/faq/question_sets.h"

namespace fathom::faq {

// Which entries of a FAQ answer a judged query.
class EntryJudge {
 public:
  explicit EntryJudge(const FaqSearcher& searcher);
  // Entry numbers, as text; empty when the FAQ has none.
  metrics::Judgements right_entries(const JudgedQuery& query) const;

 private:
  std::vector<std::pair<std::string, std::string>> entries_;  // question, answer; white space normalised
};

// Scales the matcher's probability to judged questions: to all pairs, and of queries to the best entry of each. The order of entries stays,
// so that what is measured is what will be found. Throws Error when they teach nothing.
Calibration calibrate_to_labels(const QuestionSet& set, FaqSearcher& searcher);

// Re-ranks each question's candidates: `map`, `avgrec`, `mrr` in percent by SemEval's rules (metrics/ranking.h), the engine's own order,
// the difference to it with a paired test, ablations of the three parts, and the baselines with and without the engine's rank. The FAQ's
// entries play no part, only its matcher.
OrderedJson evaluate_candidates(const std::vector<CandidateList>& lists, QuestionMatcher& matcher);

// Searches the FAQ for each query: MRR, MAP, Recall@1/5/10 (fractions, trec_eval's rules, at most 10 results a query), BM25 alone beside
// it, and for the best result risk against coverage, its area, and calibration. `held_out` > 0: the same of a FAQ from which this share of
// the entries is taken away, so that some queries have no answer and only "nothing matches well" is right; what is found among the rest is
// what the whole FAQ finds there. Throws Error when the FAQ has none of the queries' entries.
OrderedJson evaluate_search(const std::vector<JudgedQuery>& queries, FaqSearcher& searcher, const SearchOptions& options,
                            double held_out = 0.0);

}  // namespace fathom::faq
