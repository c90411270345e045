#include "fathom/ops/rms_norm.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/ops/gradcheck.h"

namespace fathom::ops {
namespace {

constexpr double eps = 1e-6;
using Tensors = std::vector<at::Tensor>;

at::Tensor norm_of(const Tensors& in) { return ops::rms_norm(in[0], in[1], eps); }
at::Tensor reference_of(const Tensors& in) { return reference::rms_norm(in[0], in[1], eps); }
// Both results, so that their gradients meet.
at::Tensor add_norm_of(const Tensors& in) {
  const auto [normed, sum] = ops::add_rms_norm(in[0], in[1], in[2], eps);
  return at::cat({normed, sum}, -1);
}
at::Tensor add_reference_of(const Tensors& in) {
  const at::Tensor sum = in[0] + in[1];
  return at::cat({reference::rms_norm(sum, in[2], eps), sum}, -1);
}

TEST(RmsNorm, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(1);
  testing::expect_gradients_match(reference_of, {at::randn({4, 9}, at::kDouble), at::randn({9}, at::kDouble)});
  testing::expect_gradients_match(add_reference_of,
                                  {at::randn({4, 9}, at::kDouble), at::randn({4, 9}, at::kDouble), at::randn({9}, at::kDouble)});
}

TEST(RmsNorm, KernelAgreesWithReferenceOverShapes) {
  at::manual_seed(2);
  for (std::int64_t rows : {1, 3, 64, 700}) {
    for (std::int64_t width : {1, 7, 16, 17, 64, 100, 512}) {
      SCOPED_TRACE(::testing::Message() << rows << " rows of " << width);
      const at::Tensor x = at::randn({rows, width}), other = at::randn({rows, width}), weight = at::randn({width});
      testing::expect_matches_reference(norm_of, reference_of, {x, weight});
      testing::expect_matches_reference(add_norm_of, add_reference_of, {x, other, weight});
    }
  }
}

TEST(RmsNorm, AnyLeadingShapeAndViews) {
  at::manual_seed(3);
  testing::expect_matches_reference(norm_of, reference_of, {at::randn({3, 5, 24}), at::randn({24})});
  // A slice of a wider row, as the latent of MLA is.
  const auto sliced = [](const auto& f) { return [f](const Tensors& in) { return f({in[0].narrow(1, 5, 40), in[1]}); }; };
  testing::expect_matches_reference(sliced(norm_of), sliced(reference_of), {at::randn({30, 72}), at::randn({40})});
  const at::Tensor transposed = at::randn({24, 6}).t(), weight = at::randn({24});
  EXPECT_LT(testing::relative_error(ops::rms_norm(transposed, weight, eps), reference::rms_norm(transposed.to(at::kDouble), weight, eps)),
            1e-5);
}

TEST(RmsNorm, GradientOfOneResultOnly) {
  at::manual_seed(4);
  for (int which : {0, 1}) {
    const auto pick = [which](const auto& f) {
      return [f, which](const Tensors& in) { return f(in).narrow(1, which * 20, 20).contiguous(); };
    };
    testing::expect_matches_reference(pick(add_norm_of), pick(add_reference_of), {at::randn({6, 20}), at::randn({6, 20}), at::randn({20})});
  }
  const at::Tensor x = at::randn({6, 20}).set_requires_grad(true), residual = at::randn({6, 20}), weight = at::randn({20});
  ops::add_rms_norm(x, residual, weight, eps).second.sum().backward();
  EXPECT_TRUE(at::equal(x.grad(), at::ones({6, 20})));
}

TEST(RmsNorm, SameBitsEachTime) {
  at::manual_seed(5);
  const at::Tensor x = at::randn({3000, 48}), weight = at::randn({48});
  const Tensors first = testing::autograd_gradients(norm_of, {x, weight}), second = testing::autograd_gradients(norm_of, {x, weight});
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(at::equal(first[i], second[i]));
}

TEST(RmsNorm, NoGraphWithoutNeedAndNoRows) {
  const at::Tensor weight = at::randn({8}).set_requires_grad(true);
  EXPECT_FALSE(ops::rms_norm(at::randn({2, 8}), weight.detach(), eps).requires_grad());
  const at::Tensor y = ops::rms_norm(at::zeros({0, 8}), weight, eps);
  EXPECT_EQ(y.sizes(), at::IntArrayRef({0, 8}));
  y.sum().backward();
  EXPECT_TRUE(at::equal(weight.grad(), at::zeros({8})));
}

TEST(RmsNorm, HalfActivationsStayHalf) {
  const at::Tensor x = at::randn({6, 16}), weight = at::randn({16});
  const at::Tensor y = ops::rms_norm(x.to(at::kBFloat16), weight, eps);
  EXPECT_EQ(y.scalar_type(), at::kBFloat16);
  EXPECT_LT(testing::relative_error(y, reference::rms_norm(x, weight, eps)), 2e-2);
}

TEST(RmsNorm, RefusesWidthsThatDiffer) {
  EXPECT_THROW(ops::rms_norm(at::zeros({2, 5}), at::zeros({4}), eps), Error);
  EXPECT_THROW(ops::add_rms_norm(at::zeros({2, 4}), at::zeros({3, 4}), at::zeros({4}), eps), Error);
}

}  // namespace
}  // namespace fathom::ops
