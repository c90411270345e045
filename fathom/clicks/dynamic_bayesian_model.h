// The dynamic Bayesian network model (Chapelle & Zhang, WWW 2009; Chuklin et al. 2015, section 3.8): people read from the top;
// an attractive result (a) is clicked; a clicked one satisfies (s), and then they stop; not satisfied they go on with probability γ:
//   examined(1) = 1,  P(click | examined) = a,  P(satisfied | click) = s,  P(examined(r + 1) | examined(r), not satisfied) = γ.
#pragma once

#include "fathom/clicks/click_model.h"
#include "fathom/clicks/pair_rates.h"

namespace fathom::clicks {

// Fitted by expectation-maximisation over where looking ended, which is exact and linear in the list: everything down to the last click ℓ
// was examined, and looking ended at j ≥ ℓ with a weight proportional to
//   s(ℓ)                                             satisfied by the last click,
//   (1 − s(ℓ)) · γ^(j−ℓ) · Π over ℓ < i ≤ j of (1 − a(i)) · (1 − γ, but at the end of the list)     gave up at j.
// Without a click looking began at the first result: the same with j ≥ 1 and γ^(j−1), and no satisfaction.
class DynamicBayesianModel : public ClickModel {
 public:
  explicit DynamicBayesianModel(const ClickModelOptions& options) : options_(options) {}
  std::string_view name() const override { return "dbn"; }
  void fit(const ClickData& data, std::span<const std::size_t> searches) override;
  std::vector<double> examination(Impressions shown) const override;
  std::vector<double> click_probability(Impressions shown) const override;
  std::vector<double> conditional_click_probability(Impressions shown) const override;
  double attractiveness(std::uint32_t pair) const override { return attractiveness_[pair]; }
  double satisfaction(std::uint32_t pair) const { return satisfaction_[pair]; }
  double continuation() const { return continuation_; }
  std::int64_t iterations() const override { return iterations_; }

 private:
  void expect(Impressions shown, double& went_on, double& could_go_on);

  ClickModelOptions options_;
  PairRates attractiveness_, satisfaction_;
  double continuation_ = 0.9;
  std::int64_t iterations_ = 0;
  std::vector<double> stopped_;  // of expect(): the weight of looking ending at each position
};

}  // namespace fathom::clicks
