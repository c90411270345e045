#include "fathom/clicks/dynamic_bayesian_model.h"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.h"
#include "fathom/clicks/chain_probabilities.h"

namespace fathom::clicks {

// Adds what one search is expected to say to the rates, and to the counts of going on among the chances to do so.
void DynamicBayesianModel::expect(Impressions shown, double& went_on, double& could_go_on) {
  const std::size_t n = shown.size();
  std::size_t first = 0;  // the first position where looking can have ended: that of the last click
  bool any_click = false;
  for (std::size_t i = 0; i < n; ++i)
    if (shown[i].clicked) {
      first = i;
      any_click = true;
    }
  const double s = any_click ? satisfaction_[shown[first].pair] : 0;
  // Weights of giving up at `first`, `first` + 1, …
  stopped_.assign(n, 0.0);
  double reached = 1 - s, total = s;
  for (std::size_t j = first; j < n; ++j) {
    if (j > first || !any_click) reached *= 1 - attractiveness_[shown[j].pair];
    stopped_[j] = reached * (j + 1 < n ? 1 - continuation_ : 1);
    total += stopped_[j];
    reached *= continuation_;
  }
  const double satisfied = s / total;
  // Clicks above the last one did not satisfy; down to it all was examined and looking went on.
  double examined = 1;
  for (std::size_t i = 0; i < n; ++i) {
    const bool last = any_click && i == first;
    if (shown[i].clicked) satisfaction_.add(shown[i].pair, last ? satisfied : 0, 1);
    attractiveness_.add(shown[i].pair, shown[i].clicked ? 1 : 0, examined);
    if (i < first) {
      went_on += 1;
      could_go_on += 1;
      continue;
    }
    const double unsatisfied = examined - (last ? satisfied : 0);
    const double next = std::max(0.0, unsatisfied - stopped_[i] / total);
    if (i + 1 < n) {
      went_on += next;
      could_go_on += unsatisfied;
    }
    examined = next;
  }
}

void DynamicBayesianModel::fit(const ClickData& data, std::span<const std::size_t> searches) {
  require(!searches.empty(), "a click model needs searches with results to learn from");
  const double prior = relevance_prior(options_, data);
  attractiveness_.reset(data.pair_count(), 0.3, prior);
  satisfaction_.reset(data.pair_count(), 0.5, prior);
  continuation_ = 0.9;
  for (iterations_ = 1; iterations_ <= options_.max_iterations; ++iterations_) {
    double went_on = 1, could_go_on = 2;  // as of positions in the position-based model
    for (const std::size_t search : searches) expect(data.search(search), went_on, could_go_on);
    const double satisfaction_before = satisfaction_.mean(), attractiveness_before = attractiveness_.mean();
    attractiveness_.update();
    satisfaction_.update();
    const double next = went_on / could_go_on;
    const double change = std::max({std::abs(next - continuation_), std::abs(satisfaction_.mean() - satisfaction_before),
                                    std::abs(attractiveness_.mean() - attractiveness_before)});
    continuation_ = next;
    if (change < options_.tolerance) break;
  }
  iterations_ = std::min(iterations_, options_.max_iterations);
}

std::vector<double> DynamicBayesianModel::examination(Impressions shown) const {
  return chain_examination(
      shown, continuation_, [&](std::uint32_t pair) { return attractiveness_[pair]; },
      [&](std::uint32_t pair) { return satisfaction_[pair]; });
}

std::vector<double> DynamicBayesianModel::click_probability(Impressions shown) const {
  std::vector<double> result = examination(shown);
  for (std::size_t i = 0; i < shown.size(); ++i) result[i] *= attractiveness_[shown[i].pair];
  return result;
}

std::vector<double> DynamicBayesianModel::conditional_click_probability(Impressions shown) const {
  return chain_conditional_clicks(
      shown, continuation_, [&](std::uint32_t pair) { return attractiveness_[pair]; },
      [&](std::uint32_t pair) { return satisfaction_[pair]; });
}

}  // namespace fathom::clicks
