#include "fathom/clicks/position_based_model.h"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.h"

namespace fathom::clicks {
namespace {

// All impressions of one pair at one position.
struct Cell {
  std::uint32_t pair = 0, position = 0;
  double clicks = 0, passes = 0;  // passes: shown and not clicked
};

// What the model needs to know of the searches: far fewer cells than impressions where queries come back. Ordered by pair.
std::vector<Cell> count_cells(const ClickData& data, std::span<const std::size_t> searches) {
  std::vector<std::uint64_t> keys;  // pair, position and click in one number, to be sorted
  for (const std::size_t search : searches) {
    const Impressions shown = data.search(search);
    for (std::size_t i = 0; i < shown.size(); ++i)
      keys.push_back(std::uint64_t{shown[i].pair} << 32 | std::uint64_t{i} << 1 | (shown[i].clicked ? 1U : 0U));
  }
  std::sort(keys.begin(), keys.end());
  std::vector<Cell> cells;
  for (const std::uint64_t key : keys) {
    const auto pair = static_cast<std::uint32_t>(key >> 32), position = static_cast<std::uint32_t>(key) >> 1;
    if (cells.empty() || cells.back().pair != pair || cells.back().position != position) cells.push_back({pair, position, 0, 0});
    ((key & 1) != 0 ? cells.back().clicks : cells.back().passes) += 1;
  }
  return cells;
}

// A factor (1 − weight · x)^passes of the likelihood, as a function of one rate x.
struct Factor {
  double weight, passes;
};

// The x in (0, 1) with the largest  x^successes · (1 − x)^failures · Π (1 − weight · x)^passes,  near `start`. The logarithm is concave:
// its slope falls, and its zero is found by Newton's steps, halving the bracket where one would leave it.
double best_rate(double successes, double failures, const std::vector<Factor>& factors, double start) {
  double low = 1e-9, high = 1 - 1e-9, x = std::clamp(start, low, high);
  for (int step = 0; step < 60; ++step) {
    double slope = successes / x - failures / (1 - x), curvature = -successes / (x * x) - failures / ((1 - x) * (1 - x));
    for (const Factor& factor : factors) {
      const double share = factor.weight / (1 - factor.weight * x);
      slope -= factor.passes * share;
      curvature -= factor.passes * share * share;
    }
    (slope > 0 ? low : high) = x;
    const double newton = curvature < 0 ? x - slope / curvature : x;
    const double next = newton > low && newton < high ? newton : (low + high) / 2;
    const bool done = std::abs(next - x) < 1e-9 * x;
    x = next;
    if (done) break;
  }
  return x;
}

}  // namespace

void PositionBasedModel::fit(const ClickData& data, std::span<const std::size_t> searches) {
  require(!searches.empty(), "a click model needs searches with results to learn from");
  const std::vector<Cell> cells = count_cells(data, searches);
  std::vector<std::vector<const Cell*>> by_position(data.longest());
  double mean = 0, impressions = 0;
  for (const Cell& cell : cells) {
    by_position[cell.position].push_back(&cell);
    if (cell.position == 0) mean += cell.clicks;
    if (cell.position == 0) impressions += cell.clicks + cell.passes;
  }
  mean = (mean + 1) / (impressions + 2);
  attractiveness_.assign(data.pair_count(), mean);
  examination_.assign(data.longest(), 0.5);
  examination_[0] = 1;

  const double prior = relevance_prior(options_, data);
  std::vector<Factor> factors;
  for (iterations_ = 1; iterations_ <= options_.max_iterations; ++iterations_) {
    double change = 0;
    for (std::size_t position = 1; position < examination_.size(); ++position) {
      double clicks = 0;
      factors.clear();
      for (const Cell* cell : by_position[position]) {
        clicks += cell->clicks;
        if (cell->passes > 0) factors.push_back({attractiveness_[cell->pair], cell->passes});
      }
      const double next = best_rate(clicks + 1, 1, factors, examination_[position]);
      change = std::max(change, std::abs(next - examination_[position]));
      examination_[position] = next;
    }
    double attracted = 1, tried = 2;
    for (std::size_t begin = 0, end = 0; begin < cells.size(); begin = end) {
      const std::uint32_t pair = cells[begin].pair;
      double clicks = 0, shown = 0;
      factors.clear();
      for (end = begin; end < cells.size() && cells[end].pair == pair; ++end) {
        clicks += cells[end].clicks;
        shown += cells[end].clicks + cells[end].passes;
        if (cells[end].passes > 0) factors.push_back({examination_[cells[end].position], cells[end].passes});
      }
      // Of unknown pages, which share pair 0, only the average is known.
      if (pair != 0) attractiveness_[pair] = best_rate(clicks + prior * mean, prior * (1 - mean), factors, attractiveness_[pair]);
      attracted += attractiveness_[pair] * shown;
      tried += shown;
    }
    const double next_mean = attracted / tried;
    change = std::max(change, std::abs(next_mean - mean));
    mean = next_mean;
    attractiveness_[0] = mean;
    if (change < options_.tolerance) break;
  }
  iterations_ = std::min(iterations_, options_.max_iterations);
  std::vector<bool> seen(attractiveness_.size(), false);
  for (const Cell& cell : cells) seen[cell.pair] = true;
  for (std::size_t pair = 0; pair < seen.size(); ++pair)
    if (!seen[pair]) attractiveness_[pair] = mean;
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
