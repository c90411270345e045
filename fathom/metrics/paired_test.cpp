#include "fathom/metrics/paired_test.h"

#include <numeric>

#include "fathom/base/error.h"
#include "fathom/metrics/randomisation.h"

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
  result.p_value = randomisation_p_value(differences.size(), sum, resamples, seed, [&](const std::vector<std::uint64_t>& swapped) {
    double flipped = 0.0;
    for (std::size_t i = 0; i < differences.size(); ++i) flipped += is_swapped(swapped, i) ? -differences[i] : differences[i];
    return flipped;
  });
  return result;
}

}  // namespace fathom::metrics
