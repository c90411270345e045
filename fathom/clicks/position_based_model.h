// The position-based model (Richardson et al. 2007; Craswell et al. 2008; Chuklin et al. 2015, section 3.3):
//   P(click at r) = γ(r) · α(query, page),   γ: examination of the position, α: attractiveness.
// Only the product is in the data; γ(1) = 1 fixes the scale: examination is relative to the first position.
#pragma once

#include "fathom/clicks/click_model.h"

namespace fathom::clicks {

// Fitted to the maximum of the likelihood times the priors: Beta priors draw each α to the mean of all (of the strength that the options
// say), and one look and one pass are added at each position, so that one that was hardly ever shown stays away from 0 and 1.
// That is the point to which expectation-maximisation (Chuklin et al. 2015, section 4.2) moves, too; but where few results are clicked it
// needs thousands of steps. Here each γ and each α in turn takes its best value given the others, by Newton's method on a concave function.
class PositionBasedModel : public ClickModel {
 public:
  explicit PositionBasedModel(const ClickModelOptions& options) : options_(options) {}
  std::string_view name() const override { return "pbm"; }
  void fit(const ClickData& data, std::span<const std::size_t> searches) override;
  std::vector<double> examination(Impressions shown) const override;
  std::vector<double> click_probability(Impressions shown) const override;
  std::vector<double> conditional_click_probability(Impressions shown) const override { return click_probability(shown); }
  double attractiveness(std::uint32_t pair) const override { return attractiveness_[pair]; }
  std::int64_t iterations() const override { return iterations_; }

 private:
  double examined(std::size_t position) const;

  ClickModelOptions options_;
  std::vector<double> attractiveness_;  // α, by pair
  std::vector<double> examination_;     // γ, from position 1
  std::int64_t iterations_ = 0;
};

}  // namespace fathom::clicks
