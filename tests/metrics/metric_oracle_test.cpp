// Metrics against the values of scipy, scikit-learn and sacrebleu (tests/fixtures/make_metric_oracle.py).
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/metrics/bleu.h"
#include "fathom/metrics/classification.h"
#include "fathom/metrics/correlation.h"
#include "fathom/metrics/paired_test.h"
#include "fathom/metrics/ranking.h"

namespace fathom::metrics {
namespace {

using Values = std::vector<double>;
using Classes = std::vector<std::int64_t>;
using Sentences = std::vector<std::vector<std::int64_t>>;

const Json& cases(const char* group) {
  static const Json document = read_json(std::string(FATHOM_SOURCE_DIR) + "/tests/fixtures/metrics/metrics.json");
  return document.at(group);
}

TEST(MetricOracle, Correlations) {
  for (const Json& c : cases("correlations")) {
    const Values a = c.at("a"), b = c.at("b");
    EXPECT_NEAR(pearson(a, b), c.at("pearson").get<double>(), 1e-12);
    EXPECT_NEAR(spearman(a, b), c.at("spearman").get<double>(), 1e-12);
    EXPECT_EQ(average_ranks(a), c.at("ranks_of_a").get<Values>());
  }
}

TEST(MetricOracle, Classifications) {
  for (const Json& c : cases("classifications")) {
    const Classes predicted = c.at("predicted"), truth = c.at("truth");
    EXPECT_NEAR(accuracy(predicted, truth), c.at("accuracy").get<double>(), 1e-12);
    EXPECT_NEAR(f1(predicted, truth), c.at("f1").get<double>(), 1e-12);
    EXPECT_NEAR(macro_f1(predicted, truth), c.at("macro_f1").get<double>(), 1e-12);
  }
}

TEST(MetricOracle, Rankings) {
  for (const Json& c : cases("rankings")) {
    const std::vector<int> relevance = c.at("relevance");
    const Values scores = c.at("scores");
    std::vector<Retrieved> run;
    Judgements judgements;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      run.push_back({std::to_string(i), scores[i]});
      judgements[std::to_string(i)] = relevance[i];
    }
    EXPECT_NEAR(average_precision(run, judgements), c.at("average_precision").get<double>(), 1e-12);
    EXPECT_NEAR(ndcg_at(run, judgements, 0), c.at("ndcg").get<double>(), 1e-12);
    EXPECT_NEAR(ndcg_at(run, judgements, 10), c.at("ndcg_at_10").get<double>(), 1e-12);
  }
}

TEST(MetricOracle, Bleu) {
  for (const Json& c : cases("bleu"))
    EXPECT_NEAR(corpus_bleu(c.at("hypotheses").get<Sentences>(), c.at("references").get<Sentences>()), c.at("bleu").get<double>(), 1e-12);
}

// scipy goes through all assignments, ours draws 100,000 of them: five standard errors, and a little for counting the observed one.
TEST(MetricOracle, PairedRandomisation) {
  for (const Json& c : cases("paired")) {
    const PairedComparison found = compare_paired(c.at("a").get<Values>(), c.at("b").get<Values>(), 100000, 1);
    EXPECT_NEAR(found.difference, c.at("difference").get<double>(), 1e-12);
    EXPECT_NEAR(found.p_value, c.at("p_value_of_all_assignments").get<double>(), 0.008);
  }
}

}  // namespace
}  // namespace fathom::metrics
