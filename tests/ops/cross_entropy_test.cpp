#include "fathom/ops/cross_entropy.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/error.h"
#include "tests/ops/gradcheck.h"

namespace fathom::ops {
namespace {

using Tensors = std::vector<at::Tensor>;

// hidden, weight → scalar loss.
auto sum_of(const at::Tensor& targets, const at::Tensor& weights) {
  return [=](const Tensors& in) { return ops::linear_cross_entropy_sum(in[0], in[1], targets, weights); };
}
auto reference_sum_of(const at::Tensor& targets, const at::Tensor& weights) {
  return [=](const Tensors& in) { return (reference::linear_cross_entropy(in[0], in[1], targets) * weights).sum(); };
}
auto log_probs_of(const at::Tensor& targets, double temperature) {
  return [=](const Tensors& in) { return ops::linear_log_probs(in[0], in[1], targets, temperature).log_probs; };
}
auto reference_log_probs_of(const at::Tensor& targets, double temperature) {
  return [=](const Tensors& in) { return reference::linear_log_probs(in[0], in[1], targets, temperature).log_probs; };
}

at::Tensor some_ignored(std::int64_t tokens, std::int64_t vocab) {
  const at::Tensor targets = at::randint(vocab, {tokens}, at::kLong);
  return targets.masked_fill(at::rand({tokens}).lt(0.3), ignore_index);
}

TEST(CrossEntropy, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(1);
  const at::Tensor hidden = at::randn({5, 4}, at::kDouble), weight = at::randn({7, 4}, at::kDouble);
  const at::Tensor targets = at::tensor({3, 0, static_cast<int>(ignore_index), 6, 2}, at::kLong);
  testing::expect_gradients_match([&](const Tensors& in) { return reference::linear_cross_entropy(in[0], in[1], targets); },
                                  {hidden, weight});
  testing::expect_gradients_match(reference_log_probs_of(targets.clamp(0, 6), 0.7), {hidden, weight});
}

TEST(CrossEntropy, ReferenceKnowsUniformLogits) {
  const at::Tensor hidden = at::zeros({2, 3}), weight = at::randn({11, 3}), targets = at::tensor({4, 10}, at::kLong);
  EXPECT_NEAR(reference::linear_cross_entropy(hidden, weight, targets)[0].item<double>(), std::log(11.0), 1e-6);
  EXPECT_NEAR(reference::linear_log_probs(hidden, weight, targets).entropy[1].item<double>(), std::log(11.0), 1e-6);
}

TEST(CrossEntropySum, KernelAgreesWithReferenceOverShapes) {
  at::manual_seed(2);
  for (std::int64_t tokens : {1, 2, 130, 1500}) {
    for (std::int64_t vocab : {1, 2, 17, 300, 1031}) {
      SCOPED_TRACE(::testing::Message() << tokens << " tokens, vocabulary " << vocab);
      const at::Tensor hidden = at::randn({tokens, 24}), weight = at::randn({vocab, 24});
      const at::Tensor targets = some_ignored(tokens, vocab), weights = at::rand({tokens});
      testing::expect_matches_reference(sum_of(targets, weights), reference_sum_of(targets, weights), {hidden, weight});
    }
  }
}

TEST(CrossEntropySum, SeveralChunksAndWeightsOfZero) {
  at::manual_seed(3);
  const std::int64_t tokens = 700, vocab = 9000;  // 128 rows a chunk
  const at::Tensor hidden = at::randn({tokens, 8}), weight = at::randn({vocab, 8}), targets = some_ignored(tokens, vocab);
  const at::Tensor weights = at::rand({tokens}).mul(at::rand({tokens}).lt(0.5).to(at::kFloat));
  testing::expect_matches_reference(sum_of(targets, weights), reference_sum_of(targets, weights), {hidden, weight});
}

TEST(CrossEntropySum, TensorExpressionsAgreeWithReference) {
  at::manual_seed(4);
  const at::Tensor hidden = at::randn({60, 8}, at::kDouble), weight = at::randn({50, 8}, at::kDouble), targets = some_ignored(60, 50);
  const at::Tensor weights = at::rand({60}, at::kDouble);
  testing::expect_matches_reference(sum_of(targets, weights), reference_sum_of(targets, weights), {hidden, weight}, 1e-12);
  testing::expect_matches_reference(log_probs_of(targets.clamp_min(0), 0.6), reference_log_probs_of(targets.clamp_min(0), 0.6),
                                    {hidden, weight}, 1e-12);
}

TEST(CrossEntropySum, HalfActivationsOverMasterWeights) {
  at::manual_seed(5);
  const at::Tensor hidden = at::randn({40, 16}), targets = some_ignored(40, 30), weights = at::rand({40});
  const at::Tensor weight = at::randn({30, 16}).set_requires_grad(true), half = hidden.to(at::kBFloat16).set_requires_grad(true);
  ops::linear_cross_entropy_sum(half, weight, targets, weights).backward();
  const at::Tensor expected = weight.detach().clone().set_requires_grad(true);
  reference_sum_of(targets, weights)({hidden, expected}).backward();
  EXPECT_EQ(weight.grad().scalar_type(), at::kFloat);
  EXPECT_EQ(half.grad().scalar_type(), at::kBFloat16);
  EXPECT_LT(testing::relative_error(weight.grad(), expected.grad()), 3e-2);
}

// hidden, weight, bias → scalar loss.
auto smoothed_sum_of(const at::Tensor& targets, const at::Tensor& weights, double smoothing) {
  return [=](const Tensors& in) { return ops::linear_cross_entropy_sum(in[0], in[1], targets, weights, {in[2], smoothing}); };
}
auto reference_smoothed_sum_of(const at::Tensor& targets, const at::Tensor& weights, double smoothing) {
  return [=](const Tensors& in) { return (reference::linear_cross_entropy(in[0], in[1], targets, {in[2], smoothing}) * weights).sum(); };
}

TEST(CrossEntropySum, BiasAndLabelSmoothing) {
  at::manual_seed(11);
  {
    const at::Tensor targets = some_ignored(6, 7), weights = at::rand({6}, at::kDouble);
    const Tensors doubles = {at::randn({6, 4}, at::kDouble), at::randn({7, 4}, at::kDouble), at::randn({7}, at::kDouble)};
    testing::expect_gradients_match(reference_smoothed_sum_of(targets, weights, 0.1), doubles);
    testing::expect_matches_reference(smoothed_sum_of(targets, weights, 0.1), reference_smoothed_sum_of(targets, weights, 0.1), doubles,
                                      1e-12);
  }
  for (const double smoothing : {0.0, 0.1, 0.5}) {
    for (const std::int64_t vocab : {1, 17, 9000}) {
      SCOPED_TRACE(::testing::Message() << "smoothing " << smoothing << ", vocabulary " << vocab);
      const at::Tensor targets = some_ignored(300, vocab), weights = at::rand({300});
      testing::expect_matches_reference(smoothed_sum_of(targets, weights, smoothing),
                                        reference_smoothed_sum_of(targets, weights, smoothing),
                                        {at::randn({300, 8}), at::randn({vocab, 8}), at::randn({vocab})});
    }
  }
  // Uniform logits: the loss is the logarithm of the vocabulary whatever the smoothing.
  const at::Tensor loss = ops::linear_cross_entropy_sum(at::zeros({1, 3}), at::randn({11, 3}), at::zeros({1}, at::kLong), at::ones({1}),
                                                        {at::full({11}, 2.0), 0.3});
  EXPECT_NEAR(loss.item<double>(), std::log(11.0), 1e-6);
}

TEST(CrossEntropySum, GradientsFollowTheFactorOfTheSum) {
  at::manual_seed(6);
  const at::Tensor targets = some_ignored(20, 12), weights = at::rand({20});
  const auto tripled = [](const auto& f) { return [f](const Tensors& in) { return f(in) * 3.0; }; };
  testing::expect_matches_reference(tripled(sum_of(targets, weights)), tripled(reference_sum_of(targets, weights)),
                                    {at::randn({20, 5}), at::randn({12, 5})});
}

TEST(CrossEntropySum, AllIgnoredOrNoTokens) {
  for (std::int64_t tokens : {0, 4}) {
    const at::Tensor hidden = at::randn({tokens, 5}).set_requires_grad(true), weight = at::randn({6, 5}).set_requires_grad(true);
    const at::Tensor loss = ops::linear_cross_entropy_sum(hidden, weight, at::full({tokens}, ignore_index, at::kLong), at::ones({tokens}));
    EXPECT_EQ(loss.item<double>(), 0.0);
    loss.backward();
    EXPECT_TRUE(at::equal(hidden.grad(), at::zeros({tokens, 5})));
    EXPECT_TRUE(at::equal(weight.grad(), at::zeros({6, 5})));
  }
}

TEST(CrossEntropySum, OnlyOneGradientWanted) {
  at::manual_seed(7);
  const at::Tensor targets = some_ignored(20, 12), weights = at::rand({20});
  const at::Tensor hidden = at::randn({20, 5}).set_requires_grad(true), weight = at::randn({12, 5});
  ops::linear_cross_entropy_sum(hidden, weight, targets, weights).backward();
  const at::Tensor other = hidden.detach().clone().set_requires_grad(true);
  reference_sum_of(targets, weights)({other, weight}).backward();
  EXPECT_LT(testing::relative_error(hidden.grad(), other.grad()), 1e-5);
}

TEST(CrossEntropy, LargeLogitsDoNotOverflow) {
  const at::Tensor hidden = at::full({1, 1}, 100.0f), weight = at::tensor({-50.0f, 3.0f, 50.0f}).unsqueeze(1);
  const at::Tensor worst = ops::linear_cross_entropy(hidden, weight, at::zeros({1}, at::kLong));
  EXPECT_NEAR(worst.item<double>(), 10000.0, 1e-2);
  const TokenLogProbs best = ops::linear_log_probs(hidden, weight, at::full({1}, 2, at::kLong));
  EXPECT_NEAR(best.log_probs.item<double>(), 0.0, 1e-6);
  EXPECT_NEAR(best.entropy.item<double>(), 0.0, 1e-6);
}

TEST(CrossEntropy, PerTokenAgreesWithReference) {
  at::manual_seed(8);
  const at::Tensor hidden = at::randn({333, 16}), weight = at::randn({77, 16}), targets = some_ignored(333, 77);
  const at::Tensor losses = ops::linear_cross_entropy(hidden, weight.clone().set_requires_grad(true), targets);
  EXPECT_FALSE(losses.requires_grad());
  EXPECT_LT(testing::relative_error(losses, reference::linear_cross_entropy(hidden.to(at::kDouble), weight.to(at::kDouble), targets)),
            1e-5);
}

TEST(LogProbs, KernelAgreesWithReferenceOverTemperatures) {
  at::manual_seed(9);
  for (std::int64_t tokens : {1, 300, 1200}) {
    for (double temperature : {1.0, 0.6, 1.7}) {
      SCOPED_TRACE(::testing::Message() << tokens << " tokens, temperature " << temperature);
      const std::int64_t vocab = tokens == 300 ? 9001 : 53;
      const at::Tensor hidden = at::randn({tokens, 12}), weight = at::randn({vocab, 12}), targets = at::randint(vocab, {tokens}, at::kLong);
      testing::expect_matches_reference(log_probs_of(targets, temperature), reference_log_probs_of(targets, temperature), {hidden, weight},
                                        2e-5);
      const at::Tensor entropy = ops::linear_log_probs(hidden, weight, targets, temperature).entropy;
      EXPECT_LT(testing::relative_error(
                    entropy, reference::linear_log_probs(hidden.to(at::kDouble), weight.to(at::kDouble), targets, temperature).entropy),
                1e-5);
    }
  }
}

TEST(LogProbs, TokensWithoutGradientAreSkipped) {
  at::manual_seed(10);
  const at::Tensor targets = at::randint(40, {90}, at::kLong), mask = at::rand({90}).lt(0.2).to(at::kFloat);
  const auto masked = [&](const auto& f) { return [f, mask](const Tensors& in) { return f(in) * mask; }; };
  testing::expect_matches_reference(masked(log_probs_of(targets, 1.0)), masked(reference_log_probs_of(targets, 1.0)),
                                    {at::randn({90, 6}), at::randn({40, 6})});
}

TEST(LogProbs, EntropyCarriesNoGradient) {
  const TokenLogProbs result =
      ops::linear_log_probs(at::randn({3, 4}).set_requires_grad(true), at::randn({5, 4}), at::zeros({3}, at::kLong));
  EXPECT_TRUE(result.log_probs.requires_grad());
  EXPECT_FALSE(result.entropy.requires_grad());
}

TEST(LogProbs, SameNumbersWithAndWithoutGraph) {
  at::manual_seed(11);
  const at::Tensor hidden = at::randn({64, 16}), weight = at::randn({300, 16}), targets = at::randint(300, {64}, at::kLong);
  const at::Tensor with = ops::linear_log_probs(hidden.clone().set_requires_grad(true), weight, targets).log_probs.detach();
  EXPECT_TRUE(at::equal(with, ops::linear_log_probs(hidden, weight, targets).log_probs));
}

TEST(CrossEntropy, RefusesTargetsOutsideTheVocabulary) {
  const at::Tensor hidden = at::zeros({2, 3}), weight = at::zeros({4, 3}), ones = at::ones({2});
  const auto targets = [](std::int64_t last) { return at::tensor({std::int64_t{1}, last}, at::kLong); };
  for (std::int64_t wrong : {4, -1, -101}) {
    EXPECT_THROW(ops::linear_cross_entropy(hidden, weight, targets(wrong)), Error);
    EXPECT_THROW(ops::linear_cross_entropy_sum(hidden, weight, targets(wrong), ones), Error);
    EXPECT_THROW(ops::linear_log_probs(hidden, weight, targets(wrong)), Error);
  }
  EXPECT_THROW(ops::linear_log_probs(hidden, weight, targets(ignore_index)), Error);
  EXPECT_THROW(ops::linear_log_probs(hidden, weight, targets(0), 0.0), Error);
  EXPECT_THROW(ops::linear_cross_entropy(hidden, at::zeros({4, 2}), targets(0)), Error);
  EXPECT_THROW(ops::linear_cross_entropy_sum(hidden, weight, targets(0), at::ones({3})), Error);
  EXPECT_THROW(ops::linear_cross_entropy_sum(hidden, weight, targets(0), ones, {at::ones({3})}), Error);
  EXPECT_THROW(ops::linear_cross_entropy_sum(hidden, weight, targets(0), ones, {std::nullopt, 1.0}), Error);
}

}  // namespace
}  // namespace fathom::ops
