#include "fathom/metrics/confidence.h"

#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/metrics/paired_test.h"

namespace fathom::metrics {
namespace {

TEST(RiskCoverage, ByHand) {
  const std::vector<Answered> answers = {{0.2, false}, {0.9, true}, {0.5, false}, {0.8, true}};
  const std::vector<RiskPoint> curve = risk_coverage(answers);
  ASSERT_EQ(curve.size(), 4u);
  EXPECT_DOUBLE_EQ(curve[1].threshold, 0.8);
  EXPECT_DOUBLE_EQ(curve[1].coverage, 0.5);
  EXPECT_DOUBLE_EQ(curve[1].risk, 0.0);
  EXPECT_DOUBLE_EQ(curve[2].risk, 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(curve[3].risk, 0.5);
  EXPECT_DOUBLE_EQ(area_under_risk_coverage(answers), (0.0 + 0.0 + 1.0 / 3.0 + 0.5) / 4.0);
}

TEST(RiskCoverage, EqualConfidencesAreOnePoint) {
  const std::vector<Answered> answers = {{0.5, true}, {0.5, false}, {0.5, false}, {0.5, true}};
  ASSERT_EQ(risk_coverage(answers).size(), 1u);
  EXPECT_DOUBLE_EQ(area_under_risk_coverage(answers), 0.5);  // the error rate
  EXPECT_THROW(risk_coverage({}), Error);
}

TEST(CalibrationError, ByHand) {
  // Two bins: 0.1 and 0.3 with none right (mean 0.2 against 0), 0.9 and 0.7 with one right (0.8 against 0.5).
  EXPECT_NEAR(calibration_error({{0.1, false}, {0.3, false}, {0.9, true}, {0.7, false}}, 2), 0.5 * 0.2 + 0.5 * 0.3, 1e-15);
  EXPECT_DOUBLE_EQ(calibration_error({{1.0, true}, {0.0, false}}), 0.0);
  EXPECT_THROW(calibration_error({{1.5, true}}), Error);
}

TEST(PairedTest, EqualSystemsDifferByChance) {
  const PairedComparison same = compare_paired({0.1, 0.5, 0.9}, {0.1, 0.5, 0.9}, 500);
  EXPECT_EQ(same.difference, 0.0);
  EXPECT_EQ(same.p_value, 1.0);
}

TEST(PairedTest, ApproachesTheExactProbability) {
  // Six questions, each better by the same amount: of 64 assignments of signs two are as extreme.
  const std::vector<double> a(6, 0.75), b(6, 0.5);
  const PairedComparison result = compare_paired(a, b, 20000);
  EXPECT_DOUBLE_EQ(result.difference, 0.25);
  EXPECT_NEAR(result.p_value, 2.0 / 64.0, 0.005);
  EXPECT_DOUBLE_EQ(result.interval.low, 0.25);
  EXPECT_DOUBLE_EQ(compare_paired(b, a, 20000).p_value, result.p_value);  // two-sided
}

TEST(PairedTest, RefusesListsOfDifferentQuestions) {
  EXPECT_THROW(compare_paired({1.0}, {1.0, 2.0}), Error);
  EXPECT_THROW(compare_paired({}, {}), Error);
}

}  // namespace
}  // namespace fathom::metrics
