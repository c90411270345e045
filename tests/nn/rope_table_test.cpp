#include "fathom/nn/rope_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fathom/base/error.h"

namespace fathom::nn {
namespace {

constexpr std::int64_t dim = 16;

double frequency(const RopeConfig& config, std::int64_t pair) { return rope_frequencies(config, dim)[pair].item<double>(); }

TEST(RopeTable, TurnsByPowersOfTheta) {
  RopeConfig config;
  config.theta = 500.0;
  for (std::int64_t i = 0; i < dim / 2; ++i) EXPECT_NEAR(frequency(config, i), std::pow(500.0, -2.0 * static_cast<double>(i) / dim), 1e-6);
  const RopeTable table = RopeTable::make(config, dim, 50, at::kCPU);
  EXPECT_EQ(table.cos.sizes(), (std::vector<std::int64_t>{50, dim / 2}));
  for (const std::int64_t position : {0, 1, 49}) {
    const double angle = static_cast<double>(position) * frequency(config, 3);
    EXPECT_NEAR(table.cos[position][3].item<double>(), std::cos(angle), 1e-6);
    EXPECT_NEAR(table.sin[position][3].item<double>(), std::sin(angle), 1e-6);
  }
}

TEST(RopeTable, LinearScalingDividesEveryFrequency) {
  RopeConfig config;
  const RopeConfig plain = config;
  config.type = "linear";
  config.factor = 4.0;
  for (std::int64_t i = 0; i < dim / 2; ++i) EXPECT_NEAR(frequency(config, i), frequency(plain, i) / 4.0, 1e-9);
}

TEST(RopeTable, YarnKeepsFastAndDividesSlowTurns) {
  RopeConfig config;
  const RopeConfig plain = config;
  config.type = "yarn";
  config.factor = 8.0;
  config.original_max_position_embeddings = 256;
  EXPECT_NEAR(frequency(config, 0), frequency(plain, 0), 1e-9);
  EXPECT_NEAR(frequency(config, dim / 2 - 1), frequency(plain, dim / 2 - 1) / 8.0, 1e-12);
  // The ramp, by hand: dimension of b turns is dim · ln(length / 2πb) / (2 ln theta): 0.21 → 0 and 3.22 → 4.
  for (std::int64_t i = 0; i <= 4; ++i) {
    const double ramp = static_cast<double>(i) / 4.0;
    EXPECT_NEAR(frequency(config, i), frequency(plain, i) * (1.0 - ramp + ramp / 8.0), 1e-7);
  }
}

TEST(RopeTable, YarnScalesAttention) {
  RopeConfig config;
  EXPECT_EQ(rope_attention_factor(config), 1.0);
  config.type = "yarn";
  config.factor = 40.0;
  config.original_max_position_embeddings = 4096;
  const double root = 0.1 * std::log(40.0) + 1.0;
  EXPECT_NEAR(rope_attention_factor(config), root, 1e-12);
  EXPECT_EQ(latent_attention_scale(config), 1.0);
  // DeepSeek-V3: cos and sin stay as they are, the softmax scale takes the factor twice.
  config.mscale = config.mscale_all_dim = 1.0;
  EXPECT_EQ(rope_attention_factor(config), 1.0);
  EXPECT_NEAR(latent_attention_scale(config), root * root, 1e-12);
  config.mscale = 0.5;
  EXPECT_NEAR(rope_attention_factor(config), (0.05 * std::log(40.0) + 1.0) / root, 1e-12);
  config.attention_factor = 1.25;
  EXPECT_EQ(rope_attention_factor(config), 1.25);
  EXPECT_NEAR(RopeTable::make(config, dim, 2, at::kCPU).cos[0][0].item<double>(), 1.25, 1e-6);
}

TEST(RopeTable, Llama3BlendsBetweenTwoWavelengths) {
  RopeConfig config;
  config.theta = 500000.0;
  const RopeConfig plain = config;
  config.type = "llama3";
  config.factor = 8.0;
  config.low_freq_factor = 1.0;
  config.high_freq_factor = 4.0;
  config.original_max_position_embeddings = 128;
  for (std::int64_t i = 0; i < dim / 2; ++i) {
    const double turns = 128.0 * frequency(plain, i) / (2.0 * std::numbers::pi);  // within the original context
    const double kept = std::clamp((turns - 1.0) / 3.0, 0.0, 1.0);
    EXPECT_NEAR(frequency(config, i) / frequency(plain, i), kept + (1.0 - kept) / 8.0, 1e-5) << i;
  }
}

TEST(RopeTable, RefusesOtherTypes) {
  RopeConfig config;
  config.type = "longrope";
  EXPECT_THROW(rope_frequencies(config, dim), Error);
}

}  // namespace
}  // namespace fathom::nn
