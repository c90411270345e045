#include "fathom/clicks/click_evaluation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"

namespace fathom::clicks {
namespace {

double log_probability(double click, bool clicked) { return std::log(std::clamp(clicked ? click : 1 - click, least_probability, 1.0)); }

// Collects predictions of searches, in any order.
class Predictions {
 public:
  Predictions(std::string_view model, std::size_t searches, std::size_t positions) : sums_(positions, 0.0), counts_(positions, 0.0) {
    result_.model = model;
    result_.log_likelihood.assign(searches, 0.0);
  }
  void add(const ClickModel& model, Impressions shown, std::size_t place) {
    const std::vector<double> alone = model.click_probability(shown), given = model.conditional_click_probability(shown);
    for (std::size_t i = 0; i < shown.size(); ++i) {
      result_.log_likelihood[place] += log_probability(given[i], shown[i].clicked);
      sums_[i] += log_probability(alone[i], shown[i].clicked);
      counts_[i] += 1;
    }
  }
  ClickPrediction finish() {
    for (std::size_t i = 0; i < sums_.size() && counts_[i] > 0; ++i)
      result_.perplexity_by_position.push_back(std::exp(-sums_[i] / counts_[i]));
    result_.perplexity = std::exp(-std::accumulate(sums_.begin(), sums_.end(), 0.0) / std::accumulate(counts_.begin(), counts_.end(), 0.0));
    return std::move(result_);
  }

 private:
  ClickPrediction result_;
  std::vector<double> sums_, counts_;
};

}  // namespace

double ClickPrediction::mean_log_likelihood() const {
  return std::accumulate(log_likelihood.begin(), log_likelihood.end(), 0.0) / static_cast<double>(log_likelihood.size());
}

ClickPrediction evaluate_click_model(const ClickModel& model, const ClickData& data, std::span<const std::size_t> searches) {
  require(!searches.empty(), "there are no searches with results to predict");
  Predictions predictions(model.name(), searches.size(), data.longest());
  for (std::size_t i = 0; i < searches.size(); ++i) predictions.add(model, data.search(searches[i]), i);
  return predictions.finish();
}

ClickPrediction cross_validate(std::string_view name, const ClickData& data, const ClickModelOptions& options, std::int64_t folds,
                               std::uint64_t seed) {
  require(folds >= 2 && std::cmp_less_equal(folds, data.size()),
          "cross-validation needs at least two folds and a search with results in each; there are {} folds and {} searches", folds,
          data.size());
  const std::vector<std::int64_t> order = Rng(seed).permutation(static_cast<std::int64_t>(data.size()));
  Predictions predictions(name, data.size(), data.longest());
  for (std::int64_t fold = 0; fold < folds; ++fold) {
    std::vector<std::size_t> training, held_out;
    for (std::size_t i = 0; i < order.size(); ++i)
      (static_cast<std::int64_t>(i) % folds == fold ? held_out : training).push_back(static_cast<std::size_t>(order[i]));
    const auto model = make_click_model(name, options);
    model->fit(data, training);
    for (const std::size_t search : held_out) predictions.add(*model, data.search(search), search);
  }
  return predictions.finish();
}

}  // namespace fathom::clicks
