// Learning how a collection's scores are read: the calibration of both halves, the weight between them, the probability of a good answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/search/fusion.h"
#include "fathom/search/judgements.h"
#include "fathom/search/searcher.h"

namespace fathom::search {

// A query with its candidates and which of these are right.
struct RankingExample {
  std::vector<Candidate> candidates;
  std::vector<double> gains;  // of each candidate: its grade, or how much it was clicked; 0: not relevant
  // false: the right page lacks a part that it has in the index, and says nothing of what a good answer looks like
  bool as_searched = true;
  double weight = 1;  // of the query in means
};

// Without labels: a page's title, or some words of one of its sentences, is the query, and the page *without* that title or sentence has to
// be found among the others (an inverse cloze task; Lee, Chang, Toutanova 2019). Empty when the index has too few pages with sentences.
std::vector<RankingExample> pseudo_examples(Searcher& searcher, std::uint64_t seed, std::int64_t queries = 300);

// From judged queries.
std::vector<RankingExample> judged_examples(Searcher& searcher, const std::vector<JudgedQuery>& queries);

// nDCG@10 of the candidates in this ranking's order. Gains are taken as they are, as trec_eval's are. The ideal counts the candidates only:
// which pages the halves do not find is the same for all rankings. One value an example.
std::vector<double> example_ndcg(const std::vector<RankingExample>& examples, const Ranking& ranking);
// Their mean by the examples' weights.
double mean_ndcg(const std::vector<RankingExample>& examples, const std::vector<double>& values);

// Logistic fits of the halves, then the weight with the best mean nDCG@10 out of 0, 0.05, …, 1, then the fit of the mixture: right pages
// against the best wrong one of each query, which is what a search shows when the right page is not there. The weights 0
// and 1 are the halves themselves, so that on the examples the mixture is no worse than the better half; the weight taken is the one
// nearest to the better half that is within one standard error of the best. What cannot be fitted keeps its default.
// `evidence` says what the examples were: pseudo_evidence or judged_evidence.
Ranking learn_ranking(const std::vector<RankingExample>& examples, const std::string& learnt_from,
                      const Evidence& evidence = pseudo_evidence);

// Fits the probability of `ranking` anew, for its weight as it is.
void calibrate(Ranking& ranking, const std::vector<RankingExample>& examples);

}  // namespace fathom::search
