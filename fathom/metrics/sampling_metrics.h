// Accuracy of sampled answers: pass@1, pass@k, cons@k with bootstrap intervals.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fathom::metrics {

// Unbiased estimate that at least one of k samples is right, from n samples of which c are (Chen et al. 2021). 1 ≤ k ≤ n.
double pass_at_k(std::int64_t n, std::int64_t c, std::int64_t k);

// The most frequent answer; ties go to the one seen first. Empty strings (no answer) do not vote. Empty when all are.
std::string majority_answer(const std::vector<std::string>& answers);

struct Interval {
  double low, high;
};
// From the 2.5th to the 97.5th percentile of resampled values. Throws Error without values.
Interval percentile_interval(std::vector<double> values);
// Percentile bootstrap of the mean over problems, 95%. Deterministic for a seed.
Interval bootstrap_mean(const std::vector<double>& values, std::int64_t resamples = 2000, std::uint64_t seed = 0);

// Wilson's interval of a proportion, 95%: `share` (0 to 1) of `trials` ≥ 1. Unlike the bootstrap's it has a width at 0 and 1.
Interval wilson_interval(double share, std::int64_t trials);
// Of the mean of shares (0 to 1): the bootstrap's, or Wilson's where all values are 0 or all are 1 and resampling shows no spread.
Interval share_interval(const std::vector<double>& shares);

}  // namespace fathom::metrics
