// Scores as probabilities: Platt's logistic calibration in one variable.
#pragma once

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace fathom::metrics {

struct Logistic {
  double slope = 1.0, offset = 0.0;
  double logit(double score) const { return slope * score + offset; }
  double probability(double score) const { return 1.0 / (1.0 + std::exp(-logit(score))); }
};

// Slope and offset of P = 1 / (1 + exp(−(slope · score + offset))) by Newton's method with a little shrinkage, from scores and whether each
// was right; nullopt for fewer than eight, or unless higher scores mean right more often.
std::optional<Logistic> fit_logistic(const std::vector<std::pair<double, bool>>& scores);

}  // namespace fathom::metrics
