// Scores of ranked lists: the rules of the SemEval-2016/17 Task 3 scorer, and those of trec_eval.
//
// The two disagree where it matters: SemEval divides average precision by the relevant candidates found in the top 10 and counts questions
// without a relevant candidate as 0; trec_eval divides by all relevant documents and leaves such queries out.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace fathom::metrics {

// One candidate of a question, as the SemEval task has it.
struct Candidate {
  double score = 0.0;
  bool relevant = false;
};

// Of SemEval's scorer, as fractions; `average_precision` and `reciprocal_rank` hold one value a question, for intervals and paired tests.
struct SemevalScores {
  double map = 0.0, average_recall = 0.0, mrr = 0.0;
  std::vector<double> average_precision, reciprocal_rank;
};

// `questions`: the candidates of each, in the file's order; equal scores keep it. Only the best `depth` count. Average precision: the mean
// of the precisions at the relevant candidates among them, 0 when there is none. Average recall: for each n up to `depth` the relevant
// candidates among the best n of all questions over the most that n places could hold, averaged over n (the scorer's "AvgRec").
// Throws Error when there is no question, or a score is not a number.
SemevalScores semeval_scores(const std::vector<std::vector<Candidate>>& questions, std::int64_t depth = 10);

// One retrieved document.
struct Retrieved {
  std::string document;
  double score = 0.0;
};
using Judgements = std::unordered_map<std::string, int>;  // document id → relevance; a document without one is not relevant

// trec_eval's order: score downwards, equal scores by document id downwards (bytewise). Its scores are single precision, ours are not.
std::vector<Retrieved> trec_order(std::vector<Retrieved> run);

// Of one query, from `run` in any order. Relevant: a judgement of 1 or more. All are 0 for a query without relevant documents, which
// trec_eval leaves out of its means. Throws Error: k < 1, a document that stands twice in the run.
double average_precision(const std::vector<Retrieved>& run, const Judgements& judgements);
double reciprocal_rank(const std::vector<Retrieved>& run, const Judgements& judgements);
double precision_at(const std::vector<Retrieved>& run, const Judgements& judgements, std::int64_t k);
double recall_at(const std::vector<Retrieved>& run, const Judgements& judgements, std::int64_t k);
// trec_eval's ndcg_cut: the gain is the judgement itself (negative ones count as 0), the discount log2(rank + 1). k = 0: the whole list.
double ndcg_at(const std::vector<Retrieved>& run, const Judgements& judgements, std::int64_t k);

}  // namespace fathom::metrics
