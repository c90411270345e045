#include "fathom/align/policy_loss.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/variable.h>

#include <cmath>
#include <vector>

#include "fathom/base/error.h"

namespace fathom::align {
namespace {

at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

// Two outputs of two tokens and one, one sampled too rarely, one too often.
PolicyLossInput example(const at::Tensor& log_probs) {
  PolicyLossInput input;
  input.log_probs = log_probs;
  input.old_log_probs = doubles({-1.0, -2.0, -0.5});
  input.reference_log_probs = doubles({-1.2, -1.9, -0.5});
  input.advantages = {1.5, -0.5};
  input.lengths = {2, 1};
  input.minibatch_outputs = 2;
  input.minibatch_tokens = 3;
  return input;
}

TEST(EqualRewards, ComparesExactly) {
  EXPECT_TRUE(equal_rewards({}));
  EXPECT_TRUE(equal_rewards({0.1 + 0.2, 0.1 + 0.2}));
  EXPECT_FALSE(equal_rewards({0.1 + 0.2, 0.3}));
  EXPECT_EQ(group_advantages({0.7, 0.7, 0.7}, 0.0), (std::vector<double>{0.0, 0.0, 0.0}));  // no 0/0
}

TEST(GroupAdvantages, PopulationStandardDeviation) {
  const std::vector<double> advantages = group_advantages({1, 0, 0, 0}, 0.0);
  EXPECT_NEAR(advantages[0], 0.75 / std::sqrt(0.1875), 1e-12);
  EXPECT_NEAR(advantages[1], -0.25 / std::sqrt(0.1875), 1e-12);
  EXPECT_NEAR(group_advantages({1, 0, 0, 0}, 0.5)[0], 0.75 / (std::sqrt(0.1875) + 0.5), 1e-12);
}

TEST(PolicyLoss, PerTokenByHand) {
  PolicyLossOptions options;
  options.beta = 0.1;
  // Ratios: e^0.5 = 1.6487 (A > 0: clipped to 1.2), e^0 = 1, e^-0.5 = 0.6065 (A < 0: clipped to 0.8).
  const PolicyLoss loss = policy_loss(example(doubles({-0.5, -2.0, -1.0})), options);
  const auto k3 = [](double reference, double current) { return std::exp(reference - current) - (reference - current) - 1.0; };
  const double first = ((1.2 * 1.5 - 0.1 * k3(-1.2, -0.5)) + (1.0 * 1.5 - 0.1 * k3(-1.9, -2.0))) / 2;
  const double second = 0.8 * -0.5 - 0.1 * k3(-0.5, -1.0);
  EXPECT_NEAR(loss.loss.item<double>(), -(first + second) / 2, 1e-12);
  EXPECT_EQ(loss.terms, 3);
  EXPECT_EQ(loss.clipped, 2);
  EXPECT_NEAR(loss.kl_sum, k3(-1.2, -0.5) + k3(-1.9, -2.0) + k3(-0.5, -1.0), 1e-12);
}

TEST(PolicyLoss, MeanOverTheBatchByHand) {
  PolicyLossOptions options;
  options.beta = 0.0;
  options.mean_over_batch = true;
  const PolicyLoss loss = policy_loss(example(doubles({-0.5, -2.0, -1.0})), options);
  EXPECT_NEAR(loss.loss.item<double>(), -(1.2 * 1.5 + 1.5 - 0.8 * 0.5) / 3, 1e-12);
  EXPECT_EQ(loss.kl_sum, 0.0);
}

TEST(PolicyLoss, WholeOutputByHand) {
  PolicyLossOptions options;
  options.beta = 0.1;
  options.per_output = true;
  options.clip_low = options.clip_high = 10.0;  // R1: capped at 11, never from below
  const PolicyLoss loss = policy_loss(example(doubles({-0.5, 1.5, -1.0})), options);
  // Output 1: log ratio 0.5 + 3.5 = 4, ratio 54.6 → 11; output 2: e^-0.5, not clipped.
  const auto k3 = [](double difference) { return std::exp(difference) - difference - 1.0; };
  const double kl1 = k3(-0.7 + -3.4), kl2 = k3(0.5);
  EXPECT_NEAR(loss.loss.item<double>(), -((11 * 1.5 - 0.1 * kl1) + (std::exp(-0.5) * -0.5 - 0.1 * kl2)) / 2, 1e-10);
  EXPECT_EQ(loss.terms, 2);
  EXPECT_EQ(loss.clipped, 1);
}

TEST(PolicyLoss, GradientAgreesWithFiniteDifferences) {
  for (const bool per_output : {false, true}) {
    for (const bool mean_over_batch : {false, true}) {
      PolicyLossOptions options;
      options.beta = 0.3;
      options.per_output = per_output;
      options.mean_over_batch = mean_over_batch;
      const std::vector<double> point = {-0.95, -2.3, -0.45};
      const at::Tensor log_probs = doubles(point).set_requires_grad(true);
      policy_loss(example(log_probs), options).loss.backward();
      for (std::size_t i = 0; i < point.size(); ++i) {
        const double h = 1e-6;
        std::vector<double> up = point, down = point;
        up[i] += h;
        down[i] -= h;
        const double numeric = (policy_loss(example(doubles(up)), options).loss.item<double>() -
                                policy_loss(example(doubles(down)), options).loss.item<double>()) /
                               (2 * h);
        EXPECT_NEAR(log_probs.grad()[static_cast<std::int64_t>(i)].item<double>(), numeric, 1e-7) << per_output << mean_over_batch << i;
      }
    }
  }
}

TEST(PolicyLoss, OnPolicyGradientIsTheAdvantage) {
  PolicyLossOptions options;
  options.beta = 0.0;
  const at::Tensor log_probs = doubles({-1.0, -2.0, -0.5}).set_requires_grad(true);  // equal to the old ones
  const PolicyLoss loss = policy_loss(example(log_probs), options);
  loss.loss.backward();
  EXPECT_EQ(loss.clipped, 0);
  EXPECT_NEAR(log_probs.grad()[0].item<double>(), -1.5 / 4, 1e-12);
  EXPECT_NEAR(log_probs.grad()[2].item<double>(), 0.5 / 2, 1e-12);
}

TEST(PolicyLoss, MicroBatchesAddUp) {
  PolicyLossOptions options;
  options.beta = 0.2;
  const at::Tensor log_probs = doubles({-0.5, -2.0, -1.0});
  const PolicyLossInput whole = example(log_probs);
  double sum = 0.0;
  for (int part = 0; part < 2; ++part) {
    const std::int64_t begin = part == 0 ? 0 : 2, end = part == 0 ? 2 : 3;
    PolicyLossInput input = whole;
    input.log_probs = log_probs.slice(0, begin, end);
    input.old_log_probs = whole.old_log_probs.slice(0, begin, end);
    input.reference_log_probs = whole.reference_log_probs.slice(0, begin, end);
    input.advantages = {whole.advantages[static_cast<std::size_t>(part)]};
    input.lengths = {whole.lengths[static_cast<std::size_t>(part)]};
    sum += policy_loss(input, options).loss.item<double>();
  }
  EXPECT_NEAR(sum, policy_loss(whole, options).loss.item<double>(), 1e-12);
}

TEST(PolicyLoss, RefusesWhatDoesNotFit) {
  PolicyLossInput input = example(doubles({-0.5, -2.0, -1.0}));
  input.lengths = {2, 2};
  EXPECT_THROW(policy_loss(input, {}), Error);
  input = example(doubles({-0.5, -2.0, -1.0}));
  input.reference_log_probs = at::Tensor();
  EXPECT_THROW(policy_loss(input, {}), Error);
}

}  // namespace
}  // namespace fathom::align
