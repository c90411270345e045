// Two halves of a search, BM25 and vectors, made one order.
//
// Each half's score becomes a log-odds of being right, fitted on the collection (metrics/logistic.h), and the two are mixed with a weight
// that is learnt for the collection, too. Both scores are absolute: BM25 as a share of what the query could reach, and the cosine. The
// mixture therefore says as well when nothing matches.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/metrics/logistic.h"

namespace fathom::search {

enum class Mode {
  hybrid,           // as above
  bm25,             // BM25 alone
  vectors,          // vectors alone
  reciprocal_rank,  // Σ 1 / (60 + rank) (Cormack, Clarke, Büttcher 2009); a baseline
  min_max,          // the mean of both scores, each scaled to [0, 1] over its candidates; a baseline
};
std::string_view name_of(Mode mode);    // "hybrid", "bm25", "vectors", "rrf", "min-max"
Mode mode_of(const std::string& name);  // throws UsageError for another name

// What one page has to say for itself.
struct Candidate {
  std::int64_t number = 0;
  double bm25 = 0;               // 0: none of the query's words, or not looked at
  double text_share = 0;         // bm25 over what the query could reach
  std::int64_t text_rank = 0;    // from 1; 0: BM25 did not find it
  double cosine = 0;             // of the query with the page's best vector
  std::int64_t vector_rank = 0;  // from 1; 0: not among the best by vectors
  std::int64_t sentence = -1;    // of the best vector; -1: the page has none
  bool compared = true;          // false: the query has no vector, so that the cosine says nothing
};

// How likely a page is a good answer, from the log-odds that the collection taught and from how much of the query stands together in it.
struct Evidence {
  double offset, learnt, coverage;
};
// Of log-odds that pseudo queries taught. These are about four times too sure of themselves on what people ask (their slope on judged first
// results of Cranfield, CISI and NFCorpus was 0.25), and say little of short queries. The numbers were set by hand with these results in
// sight (docs/search.md).
constexpr Evidence pseudo_evidence = {-0.9, 0.125, 1.2};
// Of log-odds that judged queries of the collection itself taught, or clicks.
constexpr Evidence judged_evidence = {0.0, 1.0, 0.0};

// How a collection's scores are read.
struct Ranking {
  metrics::Logistic text{12.0, -5.0}, vectors{12.0, -7.0};
  double vector_weight = 0.3;         // 0: BM25's order, 1: that of the vectors
  metrics::Logistic fused{1.0, 0.0};  // of the mixture
  Evidence evidence = pseudo_evidence;
  std::string learnt_from;  // empty: nothing was learnt, these are defaults

  // What the order goes by.
  double logit(const Candidate& candidate) const {
    if (!candidate.compared) return text.logit(candidate.text_share);
    return (1.0 - vector_weight) * text.logit(candidate.text_share) + vector_weight * vectors.logit(candidate.cosine);
  }
  // Of a page with these log-odds (Ranked's), where `coverage` of the query's words, by weight, stand in its title and one sentence.
  double probability(double log_odds, double coverage) const;
  OrderedJson to_json() const;
  // Throws Error naming `origin`. A ranking from before there was evidence has pseudo_evidence.
  static Ranking from_json(const std::string& text, const std::string& origin);
};

struct Ranked {
  std::size_t candidate = 0;  // its place among the candidates
  double score = 0;           // what the order goes by
  double log_odds = 0;        // of a good answer, as the collection taught; of the baselines' order, hybrid's
};

// Best first; equal scores by page number. Only pages that the mode's halves found are in it.
std::vector<Ranked> order(const std::vector<Candidate>& candidates, Mode mode, const Ranking& ranking);

}  // namespace fathom::search
