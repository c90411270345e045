// Values computed by hand: no outside program is needed to check them.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/metrics/bleu.h"
#include "fathom/metrics/classification.h"
#include "fathom/metrics/correlation.h"

namespace fathom::metrics {
namespace {

using Values = std::vector<double>;
using Classes = std::vector<std::int64_t>;

TEST(Correlation, PearsonByHand) {
  // Deviations (-1.5 -0.5 0.5 1.5) and (-1.75 0.25 -0.75 2.25): products sum to 5.5, squares to 5 and 8.75.
  EXPECT_NEAR(pearson(Values{1, 2, 3, 4}, Values{1, 3, 2, 5}), 5.5 / std::sqrt(5.0 * 8.75), 1e-12);
  EXPECT_DOUBLE_EQ(pearson(Values{1, 2, 3}, Values{10, 20, 30}), 1.0);
  EXPECT_DOUBLE_EQ(pearson(Values{1, 2, 3}, Values{3, 2, 1}), -1.0);
  EXPECT_EQ(pearson(Values{1, 2, 3}, Values{7, 7, 7}), 0.0);
  EXPECT_THROW(pearson(Values{1, 2}, Values{1}), Error);
  EXPECT_THROW(pearson(Values{1}, Values{1}), Error);
}

TEST(Correlation, SpearmanSharesRanks) {
  EXPECT_EQ(average_ranks(Values{3, 1, 3, 2}), (Values{3.5, 1, 3.5, 2}));
  EXPECT_DOUBLE_EQ(spearman(Values{1, 2, 3, 4}, Values{1, 8, 27, 64}), 1.0);
  // Without ties: 1 - 6 Σd² / (n (n² - 1)), d = 0, 1, 1, 0.
  EXPECT_NEAR(spearman(Values{1, 2, 3, 4}, Values{1, 3, 2, 5}), 1.0 - 6.0 * 2.0 / 60.0, 1e-12);
  // With ties: ranks 1.5 1.5 3 4 and 1 2 3 4: deviations give 4.5 / sqrt(4.5 · 5).
  EXPECT_NEAR(spearman(Values{1, 1, 2, 3}, Values{1, 2, 3, 4}), 4.5 / std::sqrt(4.5 * 5.0), 1e-12);
}

TEST(Classification, ByHand) {
  const Classes truth{1, 0, 1, 1, 0, 2}, predicted{1, 1, 0, 1, 0, 2};
  EXPECT_NEAR(accuracy(predicted, truth), 4.0 / 6.0, 1e-12);
  EXPECT_NEAR(f1(predicted, truth), 2.0 * 2 / (3 + 3), 1e-12);
  // Class 0: one hit, two claimed, two present: 1/2. Class 2: 1.
  EXPECT_NEAR(macro_f1(predicted, truth), (2.0 / 3 + 0.5 + 1.0) / 3, 1e-12);
  EXPECT_EQ(f1(Classes{0, 0}, Classes{0, 0}), 0.0);
  EXPECT_THROW(accuracy(Classes{}, Classes{}), Error);
  EXPECT_THROW(f1(Classes{1}, Classes{1, 0}), Error);
}

TEST(Bleu, ByHand) {
  const std::vector<std::vector<std::int64_t>> reference{{1, 2, 3, 4, 5, 6}};
  EXPECT_DOUBLE_EQ(corpus_bleu(reference, reference), 1.0);
  // 1 2 3 4 5: all n-grams match, but one word is missing.
  EXPECT_NEAR(corpus_bleu(std::vector<std::vector<std::int64_t>>{{1, 2, 3, 4, 5}}, reference), std::exp(1.0 - 6.0 / 5.0), 1e-12);
  // 1 2 3 4 9 9: 4 of 6, 3 of 5, 2 of 4, 1 of 3.
  EXPECT_NEAR(corpus_bleu(std::vector<std::vector<std::int64_t>>{{1, 2, 3, 4, 9, 9}}, reference),
              std::pow(4.0 / 6 * 3.0 / 5 * 2.0 / 4 * 1.0 / 3, 0.25), 1e-12);
  // Repeated words count no more often than in the reference; no four-gram matches.
  EXPECT_EQ(corpus_bleu(std::vector<std::vector<std::int64_t>>{{1, 1, 1, 1, 1, 1}}, reference), 0.0);
  EXPECT_THROW(corpus_bleu({}, {}), Error);
}

}  // namespace
}  // namespace fathom::metrics
