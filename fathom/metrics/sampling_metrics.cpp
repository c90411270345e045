#include "fathom/metrics/sampling_metrics.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"

namespace fathom::metrics {

double pass_at_k(std::int64_t n, std::int64_t c, std::int64_t k) {
  require(k >= 1 && k <= n && c >= 0 && c <= n, "pass@k needs 1 <= k <= n and 0 <= c <= n; got n = {}, c = {}, k = {}", n, c, k);
  if (n - c < k) return 1.0;
  // 1 - C(n-c, k) / C(n, k), as a product of ratios below one.
  double none = 1.0;
  for (std::int64_t i = n - c + 1; i <= n; ++i) none *= 1.0 - static_cast<double>(k) / static_cast<double>(i);
  return 1.0 - none;
}

std::string majority_answer(const std::vector<std::string>& answers) {
  std::unordered_map<std::string_view, std::int64_t> votes;
  std::int64_t most = 0;
  for (const std::string& answer : answers)
    if (!answer.empty()) most = std::max(most, ++votes[answer]);
  for (const std::string& answer : answers)
    if (!answer.empty() && votes[answer] == most) return answer;
  return {};
}

Interval percentile_interval(std::vector<double> values) {
  require(!values.empty(), "a percentile interval needs at least one value");
  std::sort(values.begin(), values.end());
  // Linear interpolation between order statistics.
  const auto quantile = [&](double q) {
    const double place = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(place));
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - std::floor(place)) * (values[above] - values[below]);
  };
  return {quantile(0.025), quantile(0.975)};
}

Interval bootstrap_mean(const std::vector<double>& values, std::int64_t resamples, std::uint64_t seed) {
  require(!values.empty(), "a bootstrap interval needs at least one value");
  require(resamples >= 1, "a bootstrap interval needs at least one resample, got {}", resamples);
  Rng rng(seed);
  std::vector<double> means(static_cast<std::size_t>(resamples));
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[rng.below(values.size())];
    mean = sum / static_cast<double>(values.size());
  }
  return percentile_interval(std::move(means));
}

Interval wilson_interval(double share, std::int64_t trials) {
  require(trials >= 1 && share >= 0 && share <= 1, "a proportion's interval needs trials and a share from 0 to 1, got {} of {}", share,
          trials);
  constexpr double z = 1.959963984540054;  // the normal distribution's 97.5% quantile
  const auto n = static_cast<double>(trials);
  const double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Interval share_interval(const std::vector<double>& shares) {
  const auto all = [&](double value) {
    return std::all_of(shares.begin(), shares.end(), [value](double share) { return share == value; });
  };
  if (!shares.empty() && (all(0.0) || all(1.0))) return wilson_interval(shares.front(), static_cast<std::int64_t>(shares.size()));
  return bootstrap_mean(shares);
}

}  // namespace fathom::metrics
