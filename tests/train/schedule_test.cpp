#include "fathom/train/schedule.h"

#include <gtest/gtest.h>

#include "fathom/base/error.h"

namespace fathom::train {
namespace {

LearningRateSchedule schedule(const std::string& kind, double peak, std::int64_t warmup, std::int64_t total) {
  LearningRateSchedule result;
  result.kind = kind;
  result.peak = peak;
  result.warmup_steps = warmup;
  result.total_steps = total;
  return result;
}

// DeepSeek LLM §2.3: 2000 warm-up steps, 31.6% of the peak after 80% of the run, 10% after 90%.
TEST(Schedule, MultiStepOfDeepSeekLlm) {
  const LearningRateSchedule rate = schedule("multi-step", 4.2e-4, 2000, 100'000);
  EXPECT_DOUBLE_EQ(rate.at(0), 4.2e-4 / 2000);
  EXPECT_DOUBLE_EQ(rate.at(999), 2.1e-4);
  EXPECT_DOUBLE_EQ(rate.at(1999), 4.2e-4);
  EXPECT_DOUBLE_EQ(rate.at(2000), 4.2e-4);
  EXPECT_DOUBLE_EQ(rate.at(79'999), 4.2e-4);
  EXPECT_NEAR(rate.at(80'000), 1.3272e-4, 1e-12);
  EXPECT_NEAR(rate.at(89'999), 1.3272e-4, 1e-12);
  EXPECT_NEAR(rate.at(90'000), 4.2e-5, 1e-12);
  EXPECT_NEAR(rate.at(99'999), 4.2e-5, 1e-12);
}

// DeepSeek-V3 §4.2: warm-up, flat, cosine from 2.2e-4 to 2.2e-5, flat.
TEST(Schedule, ConstantCosineConstantOfV3) {
  LearningRateSchedule rate = schedule("v3", 2.2e-4, 2000, 1'000'000);
  rate.constant_until = 0.67;
  rate.cosine_until = 0.96;
  EXPECT_DOUBLE_EQ(rate.at(1999), 2.2e-4);
  EXPECT_DOUBLE_EQ(rate.at(669'999), 2.2e-4);
  EXPECT_NEAR(rate.at(815'000), (2.2e-4 + 2.2e-5) / 2, 1e-12);  // half way down
  EXPECT_NEAR(rate.at(742'500), 2.2e-5 + 0.5 * 1.98e-4 * (1 + 0.70710678118654757), 1e-12);
  EXPECT_NEAR(rate.at(960'000), 2.2e-5, 1e-15);
  EXPECT_NEAR(rate.at(999'999), 2.2e-5, 1e-15);
}

// R1's SFT: cosine from 5e-5 to 5e-6 at the last step.
TEST(Schedule, CosineLinearAndConstantEndWhereTheyShould) {
  const LearningRateSchedule cosine = schedule("cosine", 5e-5, 0, 101);
  EXPECT_DOUBLE_EQ(cosine.at(0), 5e-5);
  EXPECT_NEAR(cosine.at(50), 2.75e-5, 1e-15);
  EXPECT_NEAR(cosine.at(100), 5e-6, 1e-15);
  const LearningRateSchedule linear = schedule("linear", 1e-3, 10, 111);
  EXPECT_DOUBLE_EQ(linear.at(4), 5e-4);
  EXPECT_DOUBLE_EQ(linear.at(10), 1e-3);
  EXPECT_NEAR(linear.at(60), 5.5e-4, 1e-12);
  EXPECT_NEAR(linear.at(110), 1e-4, 1e-15);
  const LearningRateSchedule constant = schedule("constant", 3e-6, 2, 10);
  EXPECT_DOUBLE_EQ(constant.at(0), 1.5e-6);
  EXPECT_DOUBLE_EQ(constant.at(9), 3e-6);
}

TEST(Schedule, ReadsItsKeysAndRefusesContradictions) {
  Recipe recipe =
      Recipe::parse("[schedule]\nkind = \"multi-step\"\npeak = 1e-3\nfractions = [0.5]\nfactors = [0.2]\nwarmup_steps = 0\n", "r.toml");
  const LearningRateSchedule rate = LearningRateSchedule::from_recipe(recipe, 10, 1.0);
  EXPECT_DOUBLE_EQ(rate.at(4), 1e-3);
  EXPECT_DOUBLE_EQ(rate.at(5), 2e-4);
  for (const char* bad : {"kind = \"exponential\"", "peak = 0.0", "peak = -1", "warmup_steps = -1", "fractions = [0.9, 0.8]",
                          "fractions = [0.5]\nfactors = [0.5, 0.1]", "fractions = [1.5, 2]"}) {
    Recipe wrong = Recipe::parse(std::string("[schedule]\n") + bad, "r.toml");
    EXPECT_THROW(LearningRateSchedule::from_recipe(wrong, 10, 1e-3), UsageError) << bad;
  }
}

TEST(StepValue, HoldsEachValueUntilItsFraction) {
  const StepValue mtp{{0.3, 0.1}, {0.67}};  // DeepSeek-V3 §4.2: 10 T of 14.8 T tokens
  EXPECT_DOUBLE_EQ(mtp.at(0.0), 0.3);
  EXPECT_DOUBLE_EQ(mtp.at(0.669), 0.3);
  EXPECT_DOUBLE_EQ(mtp.at(0.67), 0.1);
  EXPECT_DOUBLE_EQ(mtp.at(1.0), 0.1);
}

TEST(StepValue, OneValueNeedsNoFractions) {
  Recipe recipe = Recipe::parse("[objective]\nmtp_weight = 0.2\n", "r.toml");
  const StepValue value = StepValue::from_recipe(recipe, "objective.mtp_weight", {0.3, 0.1}, {0.67});
  EXPECT_DOUBLE_EQ(value.at(0.0), 0.2);
  EXPECT_DOUBLE_EQ(value.at(0.9), 0.2);
  Recipe wrong = Recipe::parse("[objective]\nmtp_weight = [0.3, 0.2, 0.1]\n", "r.toml");
  EXPECT_THROW(StepValue::from_recipe(wrong, "objective.mtp_weight", {0.3, 0.1}, {0.67}), UsageError);
}

}  // namespace
}  // namespace fathom::train
