#include "fathom/clicks/click_model.h"

#include <numeric>

#include "fathom/base/error.h"
#include "fathom/clicks/cascade_model.h"
#include "fathom/clicks/dynamic_bayesian_model.h"
#include "fathom/clicks/position_based_model.h"
#include "fathom/clicks/rate_models.h"

namespace fathom::clicks {

std::unique_ptr<ClickModel> make_click_model(std::string_view name, const ClickModelOptions& options) {
  if (name == "pbm") return std::make_unique<PositionBasedModel>(options);
  if (name == "cascade") return std::make_unique<CascadeModel>(options);
  if (name == "dbn") return std::make_unique<DynamicBayesianModel>(options);
  if (name == "rate") return std::make_unique<RateModel>(false);
  if (name == "position-rate") return std::make_unique<RateModel>(true);
  fail_usage("there is no click model '{}'; known are pbm, cascade, dbn, rate and position-rate", name);
}

double relevance_prior(const ClickModelOptions& options, const ClickData& data) {
  constexpr double weak = 1, strong = 100;
  return options.relevance_prior.value_or(data.share_at_several_positions() >= 0.5 ? weak : strong);
}

void fit_all(ClickModel& model, const ClickData& data) {
  std::vector<std::size_t> searches(data.size());
  std::iota(searches.begin(), searches.end(), std::size_t{0});
  model.fit(data, searches);
}

std::vector<double> mean_examination(const ClickModel& model, const ClickData& data) {
  std::vector<double> sum(data.longest(), 0.0), count(data.longest(), 0.0);
  for (std::size_t search = 0; search < data.size(); ++search) {
    const std::vector<double> examined = model.examination(data.search(search));
    for (std::size_t i = 0; i < examined.size(); ++i) {
      sum[i] += examined[i];
      count[i] += 1;
    }
  }
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] /= count[i];
  return sum;
}

}  // namespace fathom::clicks
