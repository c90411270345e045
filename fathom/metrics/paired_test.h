// Whether one system is better than another on the same questions, or the difference is chance.
#pragma once

#include <cstdint>
#include <vector>

#include "fathom/metrics/sampling_metrics.h"

namespace fathom::metrics {

struct PairedComparison {
  double difference = 0.0;  // mean of a − b
  Interval interval{0, 0};  // 95%, bootstrap over the questions
  // How often chance alone gives a difference at least as large in either direction: randomisation test, in which each question's two
  // values change places with probability one half. The observed assignment counts as one of them, so the value is never 0.
  double p_value = 1.0;
};

// a[i] and b[i]: the two systems' values (average precision, say) of question i. Deterministic for a seed.
// Throws Error when the lists are empty or differ in length.
PairedComparison compare_paired(const std::vector<double>& a, const std::vector<double>& b, std::int64_t resamples = 10000,
                                std::uint64_t seed = 0);

}  // namespace fathom::metrics
