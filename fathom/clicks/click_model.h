// What a click model says of a list of results: where people look, what attracts them, where they click. The models and their names are
// those of Chuklin, Markov and de Rijke, "Click Models for Web Search" (2015), chapters 3 and 4.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/clicks/click_data.h"

namespace fathom::clicks {

struct ClickModelOptions {
  // Strength of the prior that draws a pair's relevance to the mean of all pairs, in impressions. nullopt: 1, but 100 where most results
  // are of pairs that stood at one position only, and a pair's relevance could explain anything.
  std::optional<double> relevance_prior = {};
  std::int64_t max_iterations = 1000;  // of expectation-maximisation
  double tolerance = 1e-6;             // it ends when no parameter of positions moves further than this
};

class ClickModel {
 public:
  virtual ~ClickModel() = default;
  virtual std::string_view name() const = 0;
  // Learns from these searches of `data` (numbers; one may stand several times). Throws Error when there is none.
  virtual void fit(const ClickData& data, std::span<const std::size_t> searches) = 0;

  // Of each position of a list, before it is known what is clicked: the probability that it is examined (the propensity of its clicks), and
  // that it is clicked.
  virtual std::vector<double> examination(Impressions shown) const = 0;
  virtual std::vector<double> click_probability(Impressions shown) const = 0;
  // The probability of a click at each position, given what was clicked above it.
  virtual std::vector<double> conditional_click_probability(Impressions shown) const = 0;
  // How likely the pair's page is clicked when it is examined.
  virtual double attractiveness(std::uint32_t pair) const = 0;
  virtual std::int64_t iterations() const { return 1; }
};

// "pbm", "cascade", "dbn"; "rate" (one click rate for all) and "position-rate" (one a position) as baselines. Throws UsageError listing
// them.
std::unique_ptr<ClickModel> make_click_model(std::string_view name, const ClickModelOptions& options = {});

// The prior of the options, or the one that they leave to the log.
double relevance_prior(const ClickModelOptions& options, const ClickData& data);

void fit_all(ClickModel& model, const ClickData& data);

// Mean over all searches of the probability that a position is examined; lists that are shorter do not count for it.
// [data.longest()]
std::vector<double> mean_examination(const ClickModel& model, const ClickData& data);

}  // namespace fathom::clicks
