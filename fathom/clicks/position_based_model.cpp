#include "fathom/clicks/position_based_model.h"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.h"

namespace fathom::clicks {

void PositionBasedModel::fit(const ClickData& data, std::span<const std::size_t> searches) {
  require(!searches.empty(), "a click model needs searches with results to learn from");
  attractiveness_.reset(data.pair_count(), 0.3);
  examination_.assign(data.longest(), 0.5);
  if (!examination_.empty()) examination_[0] = 1;
  std::vector<double> looks, chances;  // expected examinations and impressions, by position
  for (iterations_ = 1; iterations_ <= options_.max_iterations; ++iterations_) {
    // One look and one pass more at each position: one that was hardly ever shown stays away from 0 and 1.
    looks.assign(examination_.size(), 1.0);
    chances.assign(examination_.size(), 2.0);
    for (const std::size_t search : searches) {
      const Impressions shown = data.search(search);
      for (std::size_t i = 0; i < shown.size(); ++i) {
        const double gamma = examination_[i], alpha = attractiveness_[shown[i].pair];
        const double no_click = 1 - gamma * alpha;
        const double looked = shown[i].clicked ? 1 : gamma * (1 - alpha) / no_click;
        const double attracted = shown[i].clicked ? 1 : alpha * (1 - gamma) / no_click;
        attractiveness_.add(shown[i].pair, attracted, 1);
        looks[i] += looked;
        chances[i] += 1;
      }
    }
    attractiveness_.update();
    double change = 0;
    for (std::size_t i = 1; i < examination_.size(); ++i) {
      const double next = looks[i] / chances[i];
      change = std::max(change, std::abs(next - examination_[i]));
      examination_[i] = next;
    }
    if (change < options_.tolerance) break;
  }
  iterations_ = std::min(iterations_, options_.max_iterations);
}

// A position that the log does not reach is taken for its last one.
double PositionBasedModel::examined(std::size_t position) const { return examination_[std::min(position, examination_.size() - 1)]; }

std::vector<double> PositionBasedModel::examination(Impressions shown) const {
  std::vector<double> result(shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) result[i] = examined(i);
  return result;
}

std::vector<double> PositionBasedModel::click_probability(Impressions shown) const {
  std::vector<double> result(shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) result[i] = examined(i) * attractiveness_[shown[i].pair];
  return result;
}

}  // namespace fathom::clicks
