// Logistic regression against scikit-learn's (tests/fixtures/make_metric_oracle.py).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/eval/logistic_regression.h"

namespace fathom::eval {
namespace {

// Ours works in fp32: where C is large the minimum is flat, and 0.25% of the largest logit was seen.
TEST(LogisticOracle, LogitsOfScikitLearn) {
  const Json document = read_json(std::string(FATHOM_SOURCE_DIR) + "/tests/fixtures/metrics/logistic.json");
  for (const Json& c : document.at("cases")) {
    const std::int64_t rows = c.at("rows"), width = c.at("width"), classes = c.at("classes");
    const auto features = c.at("features").get<std::vector<float>>();
    const auto labels = c.at("labels").get<std::vector<std::int64_t>>();
    LogisticData data{at::tensor(features).view({rows, width}), at::zeros({rows, classes})};
    data.targets.scatter_(1, at::tensor(labels).unsqueeze(1), 1.0);
    std::vector<float> strengths;
    for (const Json& fit : c.at("fits")) strengths.push_back(fit.at("inverse_strength").get<float>());
    const auto models = static_cast<std::int64_t>(strengths.size());
    at::Tensor logits = fit_logistic(data, at::ones({models, rows}), at::tensor(strengths), {.iterations = 2000, .tolerance = 1e-6});
    if (classes > 2) logits = logits - logits.mean(2, /*keepdim=*/true);  // a softmax does not change with a constant added to a row
    for (std::int64_t m = 0; m < models; ++m) {
      const auto expected = c.at("fits").at(static_cast<std::size_t>(m)).at("logits").get<std::vector<float>>();
      const double difference = (logits[m].flatten() - at::tensor(expected)).abs().max().item<double>();
      EXPECT_LT(difference, 5e-3 * at::tensor(expected).abs().max().item<double>())
          << "C " << strengths[static_cast<std::size_t>(m)] << ", classes " << classes;
    }
  }
}

}  // namespace
}  // namespace fathom::eval
