#include "fathom/metrics/logistic.h"

#include <algorithm>

namespace fathom::metrics {
namespace {

constexpr double shrinkage = 1e-2;
constexpr std::size_t fewest_samples = 8;

}  // namespace

std::optional<Logistic> fit_logistic(const std::vector<std::pair<double, bool>>& scores) {
  if (scores.size() < fewest_samples) return std::nullopt;
  double slope = 0.0, offset = 0.0;
  for (int iteration = 0; iteration < 50; ++iteration) {
    double g0 = -shrinkage * slope, g1 = 0.0, h00 = shrinkage, h01 = 0.0, h11 = 1e-6;
    for (const auto& [score, right] : scores) {
      const double p = 1.0 / (1.0 + std::exp(-(slope * score + offset))), w = p * (1.0 - p), error = (right ? 1.0 : 0.0) - p;
      g0 += error * score;
      g1 += error;
      h00 += w * score * score;
      h01 += w * score;
      h11 += w;
    }
    const double determinant = h00 * h11 - h01 * h01;
    if (!(determinant > 1e-12)) return std::nullopt;
    const double step0 = (h11 * g0 - h01 * g1) / determinant, step1 = (h00 * g1 - h01 * g0) / determinant;
    // Well separated scores make for long steps; halves of them arrive as well.
    const double length = std::max(std::abs(step0), std::abs(step1)), scale = length > 5.0 ? 5.0 / length : 1.0;
    slope += scale * step0;
    offset += scale * step1;
    if (length < 1e-9) break;
  }
  if (!(slope > 0.0) || !std::isfinite(slope) || !std::isfinite(offset)) return std::nullopt;
  return Logistic{slope, offset};
}

}  // namespace fathom::metrics
