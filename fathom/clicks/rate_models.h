// What a click model must beat: clicks that depend on nothing, or on the position alone.
#pragma once

#include "fathom/clicks/click_model.h"

namespace fathom::clicks {

// One click rate for all results, or one a position, with one click and one result without a click added. Both take a clicked result for no
// more relevant than another: attractiveness is the mean rate, examination the position's rate relative to the first's.
class RateModel : public ClickModel {
 public:
  explicit RateModel(bool by_position) : by_position_(by_position) {}
  std::string_view name() const override { return by_position_ ? "position-rate" : "rate"; }
  void fit(const ClickData& data, std::span<const std::size_t> searches) override;
  std::vector<double> examination(Impressions shown) const override;
  std::vector<double> click_probability(Impressions shown) const override;
  std::vector<double> conditional_click_probability(Impressions shown) const override { return click_probability(shown); }
  double attractiveness(std::uint32_t) const override { return rates_.front(); }

 private:
  bool by_position_;
  std::vector<double> rates_;  // by position; one when they do not depend on it
};

}  // namespace fathom::clicks
