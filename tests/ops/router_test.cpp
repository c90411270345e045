#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/error.h"
#include "fathom/ops/moe.h"
#include "tests/ops/gradcheck.h"

namespace fathom::ops {
namespace {

using Tensors = std::vector<at::Tensor>;
constexpr float infinity = std::numeric_limits<float>::infinity();

RouterOptions options_of(std::int64_t top_k, std::int64_t groups = 1, std::int64_t top_groups = 1, bool normalize = true,
                         double scaling = 1.0) {
  RouterOptions options;
  options.top_k = top_k;
  options.groups = groups;
  options.top_groups = top_groups;
  options.normalize = normalize;
  options.scaling = scaling;
  return options;
}

std::vector<std::int64_t> row(const at::Tensor& experts, std::int64_t token = 0) {
  const std::int64_t* p = experts.data_ptr<std::int64_t>() + token * experts.size(1);
  return {p, p + experts.size(1)};
}

// Both differentiable results side by side.
at::Tensor results_of(const Routing& routing) { return at::cat({routing.gates, routing.scores}, 1); }

TEST(Router, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(1);
  for (bool normalize : {true, false}) {
    const at::Tensor bias = at::randn({8}, at::kDouble) * 0.1;
    testing::expect_gradients_match(
        [&](const Tensors& in) { return results_of(reference::route(in[0], bias, options_of(3, 4, 2, normalize, 2.5))); },
        {at::randn({5, 8}, at::kDouble)});
  }
}

TEST(Router, KernelAgreesWithReferenceOverShapes) {
  at::manual_seed(2);
  struct Case {
    std::int64_t tokens, experts, top_k, groups, top_groups;
    bool normalize;
  };
  for (const Case& c : {Case{1, 1, 1, 1, 1, true},
                        {7, 4, 2, 1, 1, true},
                        {300, 8, 2, 4, 2, true},
                        {65, 64, 6, 8, 3, true},
                        {40, 256, 8, 8, 4, true},
                        {33, 12, 3, 12, 5, false},
                        {20, 15, 4, 3, 3, false},
                        {9, 6, 6, 2, 2, true}}) {
    SCOPED_TRACE(::testing::Message() << c.tokens << " tokens, " << c.experts << " experts, " << c.groups << " groups");
    const RouterOptions options = options_of(c.top_k, c.groups, c.top_groups, c.normalize, 1.7);
    const at::Tensor logits = at::randn({c.tokens, c.experts}), bias = at::randn({c.experts}) * 0.2;
    const Routing fused = ops::route(logits, bias, options), plain = reference::route(logits, bias, options);
    EXPECT_TRUE(at::equal(fused.experts, plain.experts));
    EXPECT_TRUE(at::equal(fused.counts, plain.counts));
    EXPECT_EQ(fused.counts.sum().item<std::int64_t>(), c.tokens * c.top_k);
    testing::expect_matches_reference([&](const Tensors& in) { return results_of(ops::route(in[0], bias, options)); },
                                      [&](const Tensors& in) { return results_of(reference::route(in[0], bias, options)); }, {logits});
    testing::expect_matches_reference([&](const Tensors& in) { return ops::route(in[0], bias, options).gates; },
                                      [&](const Tensors& in) { return reference::route(in[0], bias, options).gates; }, {logits});
    testing::expect_matches_reference([&](const Tensors& in) { return ops::route(in[0], bias, options).scores; },
                                      [&](const Tensors& in) { return reference::route(in[0], bias, options).scores; }, {logits});
  }
}

TEST(Router, BiasActsOnTheSelectionOnly) {
  const at::Tensor logits = at::tensor({2.0f, 1.0f, 0.0f, -1.0f}).unsqueeze(0), bias = at::tensor({0.0f, 0.0f, 0.0f, 5.0f});
  const Routing routing = ops::route(logits, bias, options_of(2, 1, 1, false));
  EXPECT_EQ(row(routing.experts), (std::vector<std::int64_t>{3, 0}));
  EXPECT_NEAR(routing.gates[0][0].item<double>(), 1 / (1 + std::exp(1.0)), 1e-6);
  EXPECT_NEAR(routing.gates[0][1].item<double>(), 1 / (1 + std::exp(-2.0)), 1e-6);
  const at::Tensor learned = bias.clone().set_requires_grad(true);
  EXPECT_FALSE(ops::route(logits, learned, options_of(2)).gates.requires_grad());
}

TEST(Router, GatesSumToTheScalingFactor) {
  at::manual_seed(3);
  const at::Tensor gates = ops::route(at::randn({50, 16}), at::zeros({16}), options_of(4, 4, 2, true, 2.5)).gates;
  EXPECT_TRUE(at::allclose(gates.sum(1), at::full({50}, 2.5)));
}

TEST(Router, TiesGoToTheLowerIndex) {
  const at::Tensor logits = at::zeros({3, 8}), bias = at::zeros({8});
  for (const auto& route : {ops::route, reference::route}) {
    EXPECT_EQ(row(route(logits, bias, options_of(3), {}).experts, 2), (std::vector<std::int64_t>{0, 1, 2}));
    EXPECT_EQ(row(route(logits, bias, options_of(3, 4, 2), {}).experts, 1), (std::vector<std::int64_t>{0, 1, 2}));
  }
}

TEST(Router, GroupsRankByTheirTwoBest) {
  // Group 1 has the best expert, groups 0 and 2 the better pairs.
  const at::Tensor scores = at::tensor({0.6f, 0.55f, 0.9f, 0.1f, 0.7f, 0.6f}).unsqueeze(0);
  const at::Tensor logits = (scores / (1 - scores)).log();
  for (const auto& route : {ops::route, reference::route}) {
    EXPECT_EQ(row(route(logits, at::zeros({6}), options_of(2, 3, 2), {}).experts), (std::vector<std::int64_t>{4, 0}));
    EXPECT_EQ(row(route(logits, at::zeros({6}), options_of(2, 3, 1), {}).experts), (std::vector<std::int64_t>{4, 5}));
  }
}

TEST(Router, DroppedGroupsStayDroppedUnderNegativeScores) {
  const at::Tensor logits = at::zeros({1, 4}), bias = at::tensor({-3.0f, -3.0f, -2.0f, -9.0f});
  for (const auto& route : {ops::route, reference::route}) {
    EXPECT_EQ(row(route(logits, bias, options_of(2, 2, 1), {}).experts), (std::vector<std::int64_t>{0, 1}));
  }
}

TEST(Router, InfiniteAndMissingLogits) {
  const at::Tensor logits = at::tensor({-infinity, 0.0f, infinity, -infinity}).unsqueeze(0), bias = at::zeros({4});
  for (const auto& route : {ops::route, reference::route}) {
    const Routing routing = route(logits, bias, options_of(3), {});
    EXPECT_EQ(row(routing.experts), (std::vector<std::int64_t>{2, 1, 0}));
    EXPECT_NEAR(routing.gates[0][0].item<double>(), 1 / 1.5, 1e-6);
    EXPECT_EQ(routing.gates[0][2].item<double>(), 0.0);
    const at::Tensor missing = at::full({2, 4}, std::nan(""));
    EXPECT_EQ(row(route(missing, bias, options_of(2), {}).experts), (std::vector<std::int64_t>{0, 1}));
    EXPECT_TRUE(route(missing, bias, options_of(2), {}).gates.isnan().all().item<bool>());
    EXPECT_EQ(row(route(logits, at::full({4}, -infinity), options_of(2, 2, 1), {}).experts), (std::vector<std::int64_t>{0, 1}));
  }
  // All scores zero: the normalisation must not divide by zero.
  EXPECT_TRUE(at::equal(ops::route(at::full({1, 4}, -infinity), bias, options_of(2)).gates, at::zeros({1, 2})));
}

TEST(Router, ReplayFixesTheSelection) {
  at::manual_seed(4);
  const at::Tensor bias = at::randn({6}), replay = at::tensor({5, 0, 1, 2, 3, 3}, at::kLong).reshape({3, 2}), logits = at::randn({3, 6});
  const Routing routing = ops::route(logits, bias, options_of(2), replay);
  EXPECT_TRUE(at::equal(routing.experts, replay));
  EXPECT_TRUE(at::equal(routing.counts, at::tensor({1, 1, 1, 2, 0, 1}, at::kLong)));
  testing::expect_matches_reference([&](const Tensors& in) { return ops::route(in[0], bias, options_of(2), replay).gates; },
                                    [&](const Tensors& in) { return reference::route(in[0], bias, options_of(2), replay).gates; },
                                    {logits});
  EXPECT_THROW(ops::route(logits, bias, options_of(2), at::full({3, 2}, 6, at::kLong)), Error);
  EXPECT_THROW(ops::route(logits, bias, options_of(2), at::full({2, 2}, 0, at::kLong)), Error);
}

TEST(Router, NoTokensAndNoGraph) {
  const Routing routing = ops::route(at::zeros({0, 4}), at::zeros({4}), options_of(2));
  EXPECT_EQ(routing.experts.sizes(), at::IntArrayRef({0, 2}));
  EXPECT_TRUE(at::equal(routing.counts, at::zeros({4}, at::kLong)));
  const at::NoGradGuard no_grad;
  EXPECT_FALSE(ops::route(at::zeros({1, 4}).set_requires_grad(true), at::zeros({4}), options_of(2)).gates.requires_grad());
}

TEST(Router, RefusesContradictions) {
  const at::Tensor logits = at::zeros({2, 8}), bias = at::zeros({8});
  EXPECT_THROW(ops::route(logits, at::zeros({7}), options_of(2)), Error);
  EXPECT_THROW(ops::route(logits, bias, options_of(2, 3, 1)), Error);
  EXPECT_THROW(ops::route(logits, bias, options_of(2, 4, 5)), Error);
  EXPECT_THROW(ops::route(logits, bias, options_of(9)), Error);
  EXPECT_THROW(ops::route(logits, bias, options_of(3, 4, 1)), Error);
}

// ---- balance loss

auto balance_of(const at::Tensor& experts, const PackedSequences& sequences, bool kernel) {
  return [=](const Tensors& in) {
    Routing routing;
    routing.experts = experts;
    routing.scores = in[0].sigmoid();
    return kernel ? ops::sequence_balance_loss(routing, sequences) : reference::sequence_balance_loss(routing, sequences);
  };
}

TEST(BalanceLoss, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(5);
  const PackedSequences sequences = PackedSequences::from_lengths({4, 1, 3}, at::kCPU);
  testing::expect_gradients_match(balance_of(at::zeros({8, 2}, at::kLong), sequences, false), {at::randn({8, 5}, at::kDouble)});
}

TEST(BalanceLoss, KernelAgreesWithReference) {
  at::manual_seed(6);
  for (const std::vector<std::int64_t>& lengths : {std::vector<std::int64_t>{1}, {30, 1, 200}, {5, 0, 7}}) {
    const PackedSequences sequences = PackedSequences::from_lengths(lengths, at::kCPU);
    for (std::int64_t experts : {3, 16, 37}) {
      const at::Tensor chosen = at::zeros({sequences.tokens(), 3}, at::kLong);
      testing::expect_matches_reference(balance_of(chosen, sequences, true), balance_of(chosen, sequences, false),
                                        {at::randn({sequences.tokens(), experts})});
    }
  }
}

TEST(BalanceLoss, IsOneWhenBalancedAndLargerWhenNot) {
  const PackedSequences sequences = PackedSequences::from_lengths({4}, at::kCPU);
  Routing routing;
  routing.experts = at::zeros({4, 1}, at::kLong);
  routing.scores = at::eye(4) * 0.8 + 0.1;
  EXPECT_NEAR(ops::sequence_balance_loss(routing, sequences).item<double>(), 1.0, 1e-6);
  routing.scores = at::zeros({4, 4}) + 0.1;
  routing.scores.select(1, 2).fill_(0.9);
  EXPECT_NEAR(ops::sequence_balance_loss(routing, sequences).item<double>(), 4 * 0.9 / 1.2, 1e-6);
}

}  // namespace
}  // namespace fathom::ops
