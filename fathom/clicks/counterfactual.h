// What another ranking would have been clicked, estimated from the log of this one.
#pragma once

#include <cstdint>
#include <vector>

#include "fathom/clicks/click_model.h"
#include "fathom/clicks/rankings.h"
#include "fathom/metrics/sampling_metrics.h"

namespace fathom::clicks {

struct Estimate {
  double value = 0;
  metrics::Interval interval{0, 0};  // 95%, bootstrap over the searches; of the click model it does not know the uncertainty
};

// Clicks a search, over the logged searches whose query has a new ranking. A click on page d in a search for q counts
//   w(q, d) = γ_new(d) / γ_log(d),
// γ_new: examination where the new ranking shows d (0: nowhere), γ_log: mean over the searches for q of the examination where d was shown
// (0 where it was not). That is the estimator of Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay & Wen, "Offline Evaluation of Ranking
// Policies with Click Models" (KDD 2018), with examination by any click model.
struct CounterfactualReport {
  std::int64_t searches = 0;         // the estimates are of these
  std::int64_t without_ranking = 0;  // logged searches that are left out: their query has no new ranking
  double coverage = 0;               // share of the new rankings' examination that falls on pages which the log has shown for the query
  std::int64_t clipped = 0;          // results whose weight was cut to the largest one
  double effective_size = 0;         // (Σ w)² / Σ w², over the results that were shown and have a weight
  Estimate logged;                   // what was clicked
  Estimate ips;                      // mean of Σ w · click: too low by what the log never showed
  // Self-normalised: IPS · (examination in the new ranking) / (Σ w · examination in the log); pages that the log never showed count as
  // average ones, and clipping is made up for.
  Estimate snips;
  double model = 0;  // the click model's own prediction for the new rankings
};

struct CounterfactualOptions {
  double largest_weight = 20;
  std::int64_t resamples = 1000;
  std::uint64_t seed = 0;
};

// `model` must have been fitted to `data`. Throws Error when no logged query has a new ranking.
CounterfactualReport estimate_click_rate(const ClickModel& model, const ClickData& data, const std::vector<Ranking>& rankings,
                                         const CounterfactualOptions& options = {});

}  // namespace fathom::clicks
