// How well a click model predicts clicks that it has not seen.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fathom/clicks/click_model.h"

namespace fathom::clicks {

// A probability of 0 for what happened would make every mean infinite; it counts as this.
constexpr double least_probability = 1e-6;

struct ClickPrediction {
  std::string model;
  std::vector<double> log_likelihood;  // nats, one a search: Σ over positions of ln P(click or none | clicks above)
  // 2^(−mean over searches of log2 P(click or none)) by position, without knowledge of the clicks above (Dupret & Piwowarski 2008): 1 is
  // perfect, 2 a coin. `perplexity`: the same over all results of all positions.
  std::vector<double> perplexity_by_position;
  double perplexity = 0;
  double mean_log_likelihood() const;  // a search
};

// Of these searches of `data` by a fitted model.
ClickPrediction evaluate_click_model(const ClickModel& model, const ClickData& data, std::span<const std::size_t> searches);

// Cross-validation: the searches are dealt to `folds` by a permutation of `seed`, each fold is predicted by a model fitted to the others.
// log_likelihood is in the order of the searches. Throws Error: fewer than two folds or fewer searches than folds.
ClickPrediction cross_validate(std::string_view model, const ClickData& data, const ClickModelOptions& options, std::int64_t folds,
                               std::uint64_t seed);

}  // namespace fathom::clicks
