#include "fathom/clicks/rate_models.h"

#include <algorithm>

#include "fathom/base/error.h"

namespace fathom::clicks {

void RateModel::fit(const ClickData& data, std::span<const std::size_t> searches) {
  require(!searches.empty(), "a click model needs searches with results to learn from");
  const std::size_t positions = by_position_ ? data.longest() : 1;
  std::vector<double> clicks(positions, 1.0), shown(positions, 2.0);
  for (const std::size_t search : searches) {
    const Impressions list = data.search(search);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::size_t position = by_position_ ? i : 0;
      shown[position] += 1;
      if (list[i].clicked) clicks[position] += 1;
    }
  }
  rates_.resize(positions);
  for (std::size_t i = 0; i < positions; ++i) rates_[i] = clicks[i] / shown[i];
}

std::vector<double> RateModel::click_probability(Impressions shown) const {
  std::vector<double> result(shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) result[i] = rates_[std::min(i, rates_.size() - 1)];
  return result;
}

std::vector<double> RateModel::examination(Impressions shown) const {
  std::vector<double> result = click_probability(shown);
  for (double& rate : result) rate = std::min(1.0, rate / rates_.front());
  return result;
}

}  // namespace fathom::clicks
