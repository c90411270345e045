#include "fathom/ops/linear.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/ops/gradcheck.h"
#include "tests/ops/instruction_sets.h"

namespace fathom::ops {
namespace {

at::Tensor linear_of(const std::vector<at::Tensor>& in) {
  return ops::linear(in[0], in[1], in.size() > 2 ? std::optional(in[2]) : std::nullopt);
}
at::Tensor reference_of(const std::vector<at::Tensor>& in) {
  return reference::linear(in[0], in[1], in.size() > 2 ? std::optional(in[2]) : std::nullopt);
}

TEST(Linear, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(1);
  testing::expect_gradients_match(reference_of,
                                  {at::randn({5, 7}, at::kDouble), at::randn({3, 7}, at::kDouble), at::randn({3}, at::kDouble)});
}

TEST(Linear, KernelAgreesWithReferenceOverShapes) {
  at::manual_seed(2);
  for (std::int64_t tokens : {1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 33, 250}) {
    for (auto [in, out] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {17, 5}, {64, 64}, {100, 37}, {48, 300}, {515, 129}}) {
      SCOPED_TRACE(::testing::Message() << tokens << " tokens, " << in << " to " << out);
      const at::Tensor x = at::randn({tokens, in}), weight = at::randn({out, in}), bias = at::randn({out});
      testing::expect_matches_reference(linear_of, reference_of, {x, weight});
      testing::expect_matches_reference(linear_of, reference_of, {x, weight, bias});
    }
  }
}

TEST(Linear, EveryInstructionSetAgreesWithReference) {
  at::manual_seed(8);
  testing::for_each_instruction_set([] {
    for (std::int64_t tokens : {1, 2, 3, 4, 5, 6, 7, 8, 11}) {
      const at::Tensor x = at::randn({tokens, 83}), weight = at::randn({53, 83}), bias = at::randn({53});
      testing::expect_matches_reference(linear_of, reference_of, {x, weight, bias});
    }
  });
}

// Enough rows and weights for several blocks of the few-rows kernel.
TEST(Linear, ManyRowsOverALargeWeight) {
  at::manual_seed(9);
  const at::Tensor x = at::randn({30, 1030}), weight = at::randn({2001, 1030});
  EXPECT_LT(testing::relative_error(ops::linear(x, weight), reference::linear(x.to(at::kDouble), weight.to(at::kDouble))), 1e-5);
}

TEST(Linear, TakesRowStridedViews) {
  at::manual_seed(3);
  const at::Tensor wide = at::randn({20, 90}), weight = at::randn({30, 40});
  for (std::int64_t tokens : {1, 4, 20}) {
    const at::Tensor x = wide.narrow(0, 0, tokens).narrow(1, 13, 40);
    EXPECT_LT(testing::relative_error(ops::linear(x, weight), reference::linear(x.to(at::kDouble), weight.to(at::kDouble))), 1e-5);
    const at::Tensor part = wide.narrow(1, 50, 40);
    EXPECT_LT(testing::relative_error(ops::linear(x, part), reference::linear(x.to(at::kDouble), part.to(at::kDouble))), 1e-5);
  }
  const at::Tensor transposed = at::randn({40, 20}).t();
  EXPECT_LT(testing::relative_error(ops::linear(transposed, weight), reference::linear(transposed.to(at::kDouble), weight.to(at::kDouble))),
            1e-5);
}

TEST(Linear, GradientOfAStridedGradient) {
  at::manual_seed(4);
  const auto sum_left = [](const auto& f) {
    return [f](const std::vector<at::Tensor>& in) { return f(in).narrow(1, 0, 10).contiguous(); };
  };
  testing::expect_matches_reference(sum_left(linear_of), sum_left(reference_of),
                                    {at::randn({40, 24}), at::randn({32, 24}), at::randn({32})});
  // Gradients of expand() have stride 0.
  const auto total = [](const auto& f) { return [f](const std::vector<at::Tensor>& in) { return f(in).sum(); }; };
  testing::expect_matches_reference(total(linear_of), total(reference_of), {at::randn({40, 24}), at::randn({32, 24}), at::randn({32})});
}

TEST(Linear, NoGraphWithoutNeed) {
  const at::Tensor x = at::randn({12, 8}), weight = at::randn({4, 8}).set_requires_grad(true);
  EXPECT_TRUE(ops::linear(x, weight).requires_grad());
  const at::NoGradGuard no_grad;
  EXPECT_FALSE(ops::linear(x, weight).requires_grad());
}

TEST(Linear, GradientOnlyWhereAsked) {
  const at::Tensor x = at::randn({12, 8}), weight = at::randn({4, 8}).set_requires_grad(true);
  ops::linear(x, weight).sum().backward();
  EXPECT_FALSE(x.grad().defined());
  EXPECT_LT(testing::relative_error(weight.grad(), x.to(at::kDouble).sum(0, true).expand({4, 8})), 1e-5);
}

TEST(Linear, HalfActivationsOverMasterWeights) {
  const at::Tensor x = at::randn({6, 16}).to(at::kBFloat16), weight = at::randn({4, 16}).set_requires_grad(true);
  const at::Tensor y = ops::linear(x, weight);
  EXPECT_EQ(y.scalar_type(), at::kBFloat16);
  y.sum().backward();
  EXPECT_EQ(weight.grad().scalar_type(), at::kFloat);
}

TEST(Linear, EmptyInput) {
  const at::Tensor weight = at::randn({4, 16}).set_requires_grad(true);
  const at::Tensor y = ops::linear(at::zeros({0, 16}), weight);
  EXPECT_EQ(y.sizes(), at::IntArrayRef({0, 4}));
  y.sum().backward();
  EXPECT_TRUE(at::equal(weight.grad(), at::zeros({4, 16})));
}

TEST(Linear, RefusesWidthsThatDiffer) {
  EXPECT_THROW(ops::linear(at::zeros({2, 5}), at::zeros({3, 4})), Error);
  EXPECT_THROW(ops::linear(at::zeros({2, 4}), at::zeros({3, 4}), at::zeros({4})), Error);
  EXPECT_THROW(ops::linear(at::zeros({4}), at::zeros({3, 4})), Error);
}

}  // namespace
}  // namespace fathom::ops
