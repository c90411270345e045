#include "fathom/clicks/cascade_model.h"

#include "fathom/base/error.h"
#include "fathom/clicks/chain_probabilities.h"

namespace fathom::clicks {
namespace {

constexpr double always = 1;
double satisfied(std::uint32_t) { return 1; }

}  // namespace

void CascadeModel::fit(const ClickData& data, std::span<const std::size_t> searches) {
  require(!searches.empty(), "a click model needs searches with results to learn from");
  attractiveness_.reset(data.pair_count(), 0.5, relevance_prior(options_, data));
  for (const std::size_t search : searches)
    for (const Impression& shown : data.search(search)) {
      attractiveness_.add(shown.pair, shown.clicked ? 1 : 0, 1);
      if (shown.clicked) break;
    }
  attractiveness_.update();
}

std::vector<double> CascadeModel::examination(Impressions shown) const {
  return chain_examination(shown, always, [&](std::uint32_t pair) { return attractiveness_[pair]; }, satisfied);
}

std::vector<double> CascadeModel::click_probability(Impressions shown) const {
  std::vector<double> result = examination(shown);
  for (std::size_t i = 0; i < shown.size(); ++i) result[i] *= attractiveness_[shown[i].pair];
  return result;
}

std::vector<double> CascadeModel::conditional_click_probability(Impressions shown) const {
  return chain_conditional_clicks(shown, always, [&](std::uint32_t pair) { return attractiveness_[pair]; }, satisfied);
}

}  // namespace fathom::clicks
