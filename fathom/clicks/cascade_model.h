// The cascade model (Craswell et al. 2008; Chuklin et al. 2015, section 3.4): people read from the top, click the first attractive result
// and stop:  P(click at r) = α(r) · Π over i < r of (1 − α(i)).
// It knows one click a search: what is clicked below the first click is not learnt from, and has probability 0.
#pragma once

#include "fathom/clicks/click_model.h"
#include "fathom/clicks/pair_rates.h"

namespace fathom::clicks {

// Maximum likelihood in closed form: α = clicks / impressions, of results down to the first click (all of them without one).
class CascadeModel : public ClickModel {
 public:
  explicit CascadeModel(const ClickModelOptions& options) : options_(options) {}
  std::string_view name() const override { return "cascade"; }
  void fit(const ClickData& data, std::span<const std::size_t> searches) override;
  std::vector<double> examination(Impressions shown) const override;
  std::vector<double> click_probability(Impressions shown) const override;
  std::vector<double> conditional_click_probability(Impressions shown) const override;
  double attractiveness(std::uint32_t pair) const override { return attractiveness_[pair]; }

 private:
  ClickModelOptions options_;
  PairRates attractiveness_;
};

}  // namespace fathom::clicks
