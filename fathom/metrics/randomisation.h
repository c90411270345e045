// The randomisation test (Noreen 1989): how often chance gives a difference at least as large as the one that was seen. Private to the
// room.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "fathom/base/rng.h"

namespace fathom::metrics {

// `difference(swapped)` gives the difference when the two systems' values of question i change places where bit i % 64 of swapped[i / 64]
// is set. The observed assignment counts as one of them, so the result is never 0.
template <typename Difference>
double randomisation_p_value(std::size_t questions, double observed, std::int64_t resamples, std::uint64_t seed,
                             const Difference& difference) {
  // Sums of the same numbers in another order of signs differ by rounding; what is equal on paper must count as equal.
  const double threshold = std::abs(observed) * (1.0 - 1e-12) - 1e-12;
  Rng rng(seed, /*stream=*/1);
  std::vector<std::uint64_t> swapped((questions + 63) / 64);
  std::int64_t as_large = 1;
  for (std::int64_t r = 0; r < resamples; ++r) {
    for (std::uint64_t& bits : swapped) bits = rng.next_u64();
    if (std::abs(difference(swapped)) >= threshold) ++as_large;
  }
  return static_cast<double>(as_large) / static_cast<double>(resamples + 1);
}

inline bool is_swapped(const std::vector<std::uint64_t>& swapped, std::size_t i) { return (swapped[i / 64] >> (i % 64) & 1) != 0; }

}  // namespace fathom::metrics
