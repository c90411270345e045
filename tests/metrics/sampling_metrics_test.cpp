#include "fathom/metrics/sampling_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/error.h"

namespace fathom::metrics {
namespace {

TEST(PassAtK, ByHand) {
  EXPECT_DOUBLE_EQ(pass_at_k(4, 1, 1), 0.25);
  EXPECT_DOUBLE_EQ(pass_at_k(4, 2, 2), 1.0 - 1.0 / 6.0);        // of 6 pairs one has no right answer
  EXPECT_NEAR(pass_at_k(10, 3, 5), 1.0 - 21.0 / 252.0, 1e-12);  // C(7,5) / C(10,5)
  EXPECT_DOUBLE_EQ(pass_at_k(5, 0, 3), 0.0);
  EXPECT_DOUBLE_EQ(pass_at_k(5, 5, 1), 1.0);
  EXPECT_DOUBLE_EQ(pass_at_k(5, 3, 3), 1.0);  // only two are wrong
}

TEST(PassAtK, StaysExactForManySamples) {
  // c = 1: the right one is among the k with probability k / n.
  EXPECT_NEAR(pass_at_k(100000, 1, 64), 64.0 / 100000, 1e-12);
}

TEST(PassAtK, RefusesWhatHasNoMeaning) {
  EXPECT_THROW(pass_at_k(4, 1, 0), Error);
  EXPECT_THROW(pass_at_k(4, 1, 5), Error);
  EXPECT_THROW(pass_at_k(4, 5, 1), Error);
  EXPECT_THROW(pass_at_k(4, -1, 1), Error);
}

TEST(Majority, CountsVotesAndPrefersTheFirst) {
  EXPECT_EQ(majority_answer({"3", "4", "4", "5"}), "4");
  EXPECT_EQ(majority_answer({"7", "8", "8", "7"}), "7");
  EXPECT_EQ(majority_answer({"", "", "", "2"}), "2");
  EXPECT_EQ(majority_answer({"", ""}), "");
  EXPECT_EQ(majority_answer({}), "");
}

TEST(Bootstrap, IntervalOfAMean) {
  // 400 coin flips, 100 heads: the standard error is sqrt(0.25 * 0.75 / 400) = 0.02165.
  std::vector<double> values(400, 0.0);
  for (std::size_t i = 0; i < 100; ++i) values[i] = 1.0;
  const Interval interval = bootstrap_mean(values, 4000, 3);
  EXPECT_NEAR(interval.low, 0.25 - 1.96 * 0.02165, 0.006);
  EXPECT_NEAR(interval.high, 0.25 + 1.96 * 0.02165, 0.006);
}

TEST(Bootstrap, IsAFunctionOfItsSeed) {
  const std::vector<double> values = {0, 1, 1, 0.5, 0.25};
  const Interval a = bootstrap_mean(values, 500, 9), b = bootstrap_mean(values, 500, 9), c = bootstrap_mean(values, 500, 10);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_TRUE(a.low != c.low || a.high != c.high);
  EXPECT_LE(a.low, 0.55);
  EXPECT_GE(a.high, 0.55);
}

TEST(Bootstrap, OfEqualValuesHasNoWidth) {
  const Interval interval = bootstrap_mean({0.5, 0.5, 0.5});
  EXPECT_EQ(interval.low, 0.5);
  EXPECT_EQ(interval.high, 0.5);
  EXPECT_THROW(bootstrap_mean({}), Error);
}

// Newcombe 1998, table I: 15 of 148, and 0 of 20.
TEST(Wilson, PublishedIntervals) {
  const Interval some = wilson_interval(15.0 / 148.0, 148), none = wilson_interval(0, 20);
  EXPECT_NEAR(some.low, 0.0624, 5e-5);
  EXPECT_NEAR(some.high, 0.1605, 5e-5);
  EXPECT_EQ(none.low, 0.0);
  EXPECT_NEAR(none.high, 0.1611, 5e-5);
  EXPECT_THROW(wilson_interval(0.5, 0), Error);
}

TEST(Wilson, StandsInWhereAllSharesAreEqual) {
  EXPECT_EQ(share_interval({0, 0, 0, 0, 0, 0}).high, wilson_interval(0, 6).high);
  EXPECT_EQ(share_interval({1, 1, 1}).low, wilson_interval(1, 3).low);
  EXPECT_EQ(share_interval({0, 1, 1, 0.5}).low, bootstrap_mean({0, 1, 1, 0.5}).low);
}

}  // namespace
}  // namespace fathom::metrics
