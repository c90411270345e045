// Whether an index should take another encoder: judged quality decides. What clicks say stands beside it: how well a click model predicts
// those of the log, and how many clicks each ranking would get.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/clicks/counterfactual.h"
#include "fathom/metrics/paired_test.h"
#include "fathom/search/encoder_trial.h"
#include "fathom/search/evaluation.h"

namespace fathom::search {

struct PromotionOptions {
  std::string queries, judgements;  // files (judgements.h)
  double margin = 0.01;             // of nDCG@10
  std::vector<std::string> clicks;  // click logs; empty: none
  std::string model = "pbm";        // click model
  std::int64_t shown = 10;          // results a search, of the rankings whose clicks are estimated
  std::uint64_t seed = 0;           // of intervals, tests and folds
};

struct Verdict {
  bool promoted = false;
  std::string reason;  // in words
};

// new_minus_old: of nDCG@10; `what` names it in the reason. Promoted when the mean difference is not negative, and a fall by more than the
// margin lies outside its 95% interval.
Verdict judge(const metrics::PairedComparison& new_minus_old, double margin, const std::string& what = "judged nDCG@10");

struct ClickEvidence {
  std::string model;
  std::int64_t searches = 0, clicks = 0;
  double log_likelihood = 0, perplexity = 0;    // of held-out clicks (5-fold cross-validation); nats a search
  clicks::CounterfactualReport present, tried;  // the clicks that each ranking would get
};

struct PromotionReport {
  std::string present_fingerprint, tried_fingerprint;
  std::int64_t queries = 0;
  QueryScores present, tried;  // means over the judged queries, of the hybrid ranking
  metrics::PairedComparison ndcg;
  // The same of the vectors alone: a fusion that trusts BM25 hides a bad encoder, which other modes and /v1/embeddings would show.
  double present_vectors = 0, tried_vectors = 0;  // nDCG@10
  metrics::PairedComparison vectors;
  double margin = 0;
  Verdict verdict;
  std::optional<ClickEvidence> clicks;
  std::optional<LearntRanking> ranking;  // of the tried encoder
};

// Throws Error as the readers of the files do.
PromotionReport compare_encoders(EncoderTrial& trial, const PromotionOptions& options);

OrderedJson to_json(const PromotionReport& report);
std::string to_text(const PromotionReport& report);  // for a terminal

}  // namespace fathom::search
