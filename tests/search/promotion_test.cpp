#include "fathom/search/promotion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fathom::search {
namespace {

metrics::PairedComparison comparison(double difference, double low) {
  metrics::PairedComparison result;
  result.difference = difference;
  result.interval = {low, difference + (difference - low)};
  return result;
}

TEST(Promotion, TakesWhatIsAtLeastAsGood) {
  EXPECT_TRUE(judge(comparison(0.02, 0.01), 0.01).promoted);
  EXPECT_TRUE(judge(comparison(0.0, 0.0), 0.0).promoted);
  EXPECT_TRUE(judge(comparison(0.005, -0.009), 0.01).promoted);
}

TEST(Promotion, RefusesAFallAndWhatMayBeOne) {
  const Verdict fall = judge(comparison(-0.0005, -0.001), 0.01);
  EXPECT_FALSE(fall.promoted);
  EXPECT_THAT(fall.reason, testing::HasSubstr("falls by 0.0005"));
  const Verdict unsure = judge(comparison(0.02, -0.03), 0.01);
  EXPECT_FALSE(unsure.promoted);
  EXPECT_THAT(unsure.reason, testing::HasSubstr("do not rule out"));
  EXPECT_TRUE(judge(comparison(0.02, -0.03), 0.05).promoted);
}

}  // namespace
}  // namespace fathom::search
