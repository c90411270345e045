#include "fathom/data/prepare/mixing.h"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"

namespace fathom::data {
namespace {

constexpr std::uint64_t copy_stream = 0x6d69782d636f7079;

}  // namespace

std::vector<double> repeat_factors(const std::vector<MixingSource>& sources, std::int64_t total_tokens, double max_repeat) {
  std::vector<double> factors;
  double weights = 0;
  for (const MixingSource& source : sources) weights += source.weight;
  if (weights == 0) {
    for (const MixingSource& source : sources) factors.push_back(source.repeat);
    return factors;
  }
  double total = static_cast<double>(total_tokens);
  if (total_tokens == 0) {
    for (const MixingSource& source : sources)
      if (source.weight > 0) total += static_cast<double>(source.tokens);
  }
  for (const MixingSource& source : sources) {
    if (source.weight > 0 && source.tokens == 0)
      fail_usage("source '{}' has a weight of {}, but none of its documents is left for training; take it out of the recipe", source.name,
                 source.weight);
    const double factor = source.weight == 0 ? 0.0 : source.weight / weights * total / static_cast<double>(source.tokens);
    factors.push_back(std::min(factor, max_repeat));
  }
  return factors;
}

std::int64_t copies_of(std::uint64_t document_hash, double factor, std::uint64_t seed) {
  const double whole = std::floor(factor);
  const bool more = Rng(seed ^ copy_stream, document_hash).uniform() < factor - whole;
  return static_cast<std::int64_t>(whole) + (more ? 1 : 0);
}

}  // namespace fathom::data
