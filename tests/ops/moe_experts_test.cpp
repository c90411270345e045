#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "fathom/ops/moe.h"
#include "fathom/ops/moe_sorted.h"
#include "tests/ops/gradcheck.h"

namespace fathom::ops {
namespace {

using Tensors = std::vector<at::Tensor>;

// top_k different experts of `used` a token.
at::Tensor random_choice(std::int64_t tokens, std::int64_t top_k, std::int64_t used) {
  return std::get<1>(at::rand({tokens, used}).topk(top_k, 1)).contiguous();
}

Routing routing_of(const at::Tensor& experts, const at::Tensor& gates, std::int64_t count) {
  Routing routing;
  routing.experts = experts;
  routing.gates = gates;
  routing.counts = at::bincount(experts.reshape({-1}), {}, count);
  return routing;
}

// x, gates, gate_up, down
template <typename Operation>
auto function_of(Operation operation, const at::Tensor& experts, std::int64_t count) {
  return [=](const Tensors& in) { return operation(in[0], routing_of(experts, in[1], count), in[2], in[3]); };
}

Tensors random_inputs(std::int64_t tokens, std::int64_t top_k, std::int64_t experts, std::int64_t hidden, std::int64_t width,
                      at::ScalarType dtype = at::kFloat) {
  return {at::randn({tokens, hidden}, dtype), at::rand({tokens, top_k}, dtype), at::randn({experts, 2 * width, hidden}, dtype) * 0.3,
          at::randn({experts, hidden, width}, dtype) * 0.3};
}

TEST(MoeExperts, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(1);
  const at::Tensor experts = random_choice(6, 2, 3);
  testing::expect_gradients_match(function_of(reference::moe_experts, experts, 4), random_inputs(6, 2, 4, 5, 3, at::kDouble));
}

TEST(MoeExperts, KernelAgreesWithReferenceOverShapes) {
  at::manual_seed(2);
  struct Case {
    std::int64_t tokens, top_k, experts, used, hidden, width;
  };
  // One token, few tokens (streaming), many (tiles), one expert with everything, experts without tokens, odd widths.
  for (const Case& c : {Case{1, 1, 1, 1, 1, 1},
                        {1, 3, 8, 8, 24, 10},
                        {5, 2, 6, 4, 33, 17},
                        {8, 4, 16, 16, 64, 32},
                        {40, 4, 64, 64, 32, 16},
                        {70, 2, 8, 3, 16, 9},
                        {700, 2, 8, 8, 24, 20},
                        {900, 1, 4, 1, 48, 8},
                        {600, 6, 32, 20, 17, 13}}) {
    SCOPED_TRACE(::testing::Message() << c.tokens << " tokens, " << c.used << " of " << c.experts << " experts, " << c.hidden << " x "
                                      << c.width);
    const at::Tensor experts = random_choice(c.tokens, c.top_k, c.used);
    testing::expect_matches_reference(function_of(ops::moe_experts, experts, c.experts),
                                      function_of(reference::moe_experts, experts, c.experts),
                                      random_inputs(c.tokens, c.top_k, c.experts, c.hidden, c.width), 3e-5);
  }
}

TEST(MoeExperts, SortedExpressionsAgreeWithReference) {
  at::manual_seed(3);
  for (std::int64_t tokens : {1, 50}) {
    const at::Tensor experts = random_choice(tokens, 2, 5);
    testing::expect_matches_reference(function_of(moe_experts_sorted, experts, 7), function_of(reference::moe_experts, experts, 7),
                                      random_inputs(tokens, 2, 7, 12, 6, at::kDouble), 1e-12);
  }
  const at::Tensor none = function_of(moe_experts_sorted, at::zeros({0, 2}, at::kLong), 3)(random_inputs(0, 2, 3, 8, 4));
  EXPECT_EQ(none.sizes(), at::IntArrayRef({0, 8}));
}

TEST(MoeExperts, GatesOfZeroStillHaveAGradient) {
  at::manual_seed(4);
  Tensors inputs = random_inputs(20, 2, 4, 8, 6);
  inputs[1].select(1, 0).zero_();
  const at::Tensor experts = random_choice(20, 2, 4);
  testing::expect_matches_reference(function_of(ops::moe_experts, experts, 4), function_of(reference::moe_experts, experts, 4), inputs,
                                    3e-5);
}

TEST(MoeExperts, TheSameExpertTwice) {
  at::manual_seed(5);
  const at::Tensor experts = at::zeros({30, 2}, at::kLong);
  testing::expect_matches_reference(function_of(ops::moe_experts, experts, 2), function_of(reference::moe_experts, experts, 2),
                                    random_inputs(30, 2, 2, 8, 6), 3e-5);
}

TEST(MoeExperts, NoTokens) {
  Tensors inputs = random_inputs(0, 2, 3, 8, 4);
  for (at::Tensor& input : inputs) input.set_requires_grad(true);
  const at::Tensor y = function_of(ops::moe_experts, at::zeros({0, 2}, at::kLong), 3)(inputs);
  EXPECT_EQ(y.sizes(), at::IntArrayRef({0, 8}));
  y.sum().backward();
  EXPECT_TRUE(at::equal(inputs[2].grad(), at::zeros_like(inputs[2])));
  EXPECT_TRUE(at::equal(inputs[3].grad(), at::zeros_like(inputs[3])));
}

TEST(MoeExperts, GradientsOnlyWhereAsked) {
  at::manual_seed(6);
  const at::Tensor experts = random_choice(90, 2, 4);
  for (std::size_t wanted = 0; wanted < 4; ++wanted) {
    Tensors inputs = random_inputs(90, 2, 4, 12, 6);
    const at::Tensor expected = testing::autograd_gradients(function_of(reference::moe_experts, experts, 4), inputs)[wanted];
    const auto kernel = [&](const Tensors& in) {
      Tensors all = inputs;
      all[wanted] = in[0];
      return function_of(ops::moe_experts, experts, 4)(all);
    };
    EXPECT_LT(testing::relative_error(testing::autograd_gradients(kernel, {inputs[wanted]})[0], expected), 3e-5) << wanted;
  }
}

TEST(MoeExperts, SameBitsEachTime) {
  at::manual_seed(7);
  const at::Tensor experts = random_choice(1000, 3, 8);
  const Tensors inputs = random_inputs(1000, 3, 8, 40, 24);
  const auto f = function_of(ops::moe_experts, experts, 8);
  const Tensors first = testing::autograd_gradients(f, inputs);
  for (int round = 0; round < 3; ++round) {
    const Tensors again = testing::autograd_gradients(f, inputs);
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(at::equal(first[i], again[i])) << i;
  }
}

TEST(MoeExperts, HalfActivationsOverMasterWeights) {
  at::manual_seed(8);
  Tensors inputs = random_inputs(40, 2, 4, 16, 8);
  const at::Tensor experts = random_choice(40, 2, 4), weight = inputs[2].clone().set_requires_grad(true);
  const at::Tensor y = ops::moe_experts(inputs[0].to(at::kBFloat16), routing_of(experts, inputs[1], 4), weight, inputs[3]);
  EXPECT_EQ(y.scalar_type(), at::kBFloat16);
  EXPECT_LT(testing::relative_error(y, function_of(reference::moe_experts, experts, 4)(inputs)), 3e-2);
  y.sum().backward();
  EXPECT_EQ(weight.grad().scalar_type(), at::kFloat);
}

TEST(MoeExperts, RefusesWrongShapesAndExperts) {
  const Tensors in = random_inputs(4, 2, 3, 8, 4);
  const at::Tensor experts = at::zeros({4, 2}, at::kLong);
  EXPECT_THROW(ops::moe_experts(in[0], routing_of(experts, in[1], 3), in[2], in[3].narrow(0, 0, 2)), Error);
  EXPECT_THROW(ops::moe_experts(at::zeros({4, 7}), routing_of(experts, in[1], 3), in[2], in[3]), Error);
  EXPECT_THROW(ops::moe_experts(in[0].narrow(0, 0, 3), routing_of(experts, in[1], 3), in[2], in[3]), Error);
  Routing routing = routing_of(experts, in[1], 3);
  routing.experts = at::full({4, 2}, 3, at::kLong);
  EXPECT_THROW(ops::moe_experts(in[0], routing, in[2], in[3]), Error);
}

}  // namespace
}  // namespace fathom::ops
