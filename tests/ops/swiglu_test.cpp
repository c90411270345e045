#include "fathom/ops/swiglu.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/ops/gradcheck.h"

namespace fathom::ops {
namespace {

using Tensors = std::vector<at::Tensor>;

at::Tensor swiglu_of(const Tensors& in) { return ops::swiglu(in[0]); }
at::Tensor reference_of(const Tensors& in) { return reference::swiglu(in[0]); }

TEST(SwiGlu, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(1);
  testing::expect_gradients_match(reference_of, {at::randn({4, 10}, at::kDouble)});
}

TEST(SwiGlu, KernelAgreesWithReferenceOverShapes) {
  at::manual_seed(2);
  for (std::int64_t tokens : {0, 1, 3, 600}) {
    for (std::int64_t width : {1, 5, 8, 16, 19, 64, 172}) {
      SCOPED_TRACE(::testing::Message() << tokens << " tokens of width " << width);
      testing::expect_matches_reference(swiglu_of, reference_of, {at::randn({tokens, 2 * width}) * 4});
    }
  }
}

TEST(SwiGlu, ExtremeGates) {
  const at::Tensor gates = at::tensor({-1e30f, -200.0f, -90.0f, -1e-30f, 0.0f, 1e-30f, 90.0f, 200.0f, 1e30f});
  const at::Tensor in = at::cat({gates, at::ones_like(gates)}).unsqueeze(0);
  const at::Tensor y = ops::swiglu(in);
  EXPECT_TRUE(at::isfinite(y).all().item<bool>());
  EXPECT_TRUE(at::allclose(y, reference::swiglu(in), 1e-5, 1e-30));
  EXPECT_TRUE(at::isnan(ops::swiglu(at::full({1, 2}, std::nan("")))).all().item<bool>());
}

TEST(SwiGlu, TakesRowStridedViews) {
  at::manual_seed(3);
  const auto part = [](const auto& f) { return [f](const Tensors& in) { return f({in[0].narrow(1, 3, 24)}); }; };
  testing::expect_matches_reference(part(swiglu_of), part(reference_of), {at::randn({9, 40})});
}

TEST(SwiGlu, RefusesOddWidth) { EXPECT_THROW(ops::swiglu(at::zeros({2, 5})), Error); }

}  // namespace
}  // namespace fathom::ops
