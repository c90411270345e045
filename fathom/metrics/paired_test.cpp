#include "fathom/metrics/paired_test.h"

#include <cmath>
#include <numeric>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"

namespace fathom::metrics {

PairedComparison compare_paired(const std::vector<double>& a, const std::vector<double>& b, std::int64_t resamples, std::uint64_t seed) {
  require(!a.empty() && a.size() == b.size(), "a paired test needs the values of the same questions from both systems; got {} and {}",
          a.size(), b.size());
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  const double sum = std::accumulate(differences.begin(), differences.end(), 0.0);

  PairedComparison result;
  result.difference = sum / static_cast<double>(differences.size());
  result.interval = bootstrap_mean(differences, resamples, seed);
  // Sums of the same numbers in another order of signs differ by rounding; what is equal on paper must count as equal.
  const double threshold = std::abs(sum) * (1.0 - 1e-12) - 1e-12;
  Rng rng(seed, /*stream=*/1);
  std::int64_t as_large = 1;
  for (std::int64_t r = 0; r < resamples; ++r) {
    double flipped = 0.0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < differences.size(); ++i) {
      if (i % 64 == 0) bits = rng.next_u64();
      flipped += (bits >> (i % 64) & 1) != 0 ? -differences[i] : differences[i];
    }
    if (std::abs(flipped) >= threshold) ++as_large;
  }
  result.p_value = static_cast<double>(as_large) / static_cast<double>(resamples + 1);
  return result;
}

}  // namespace fathom::metrics
