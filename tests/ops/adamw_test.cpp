#include "fathom/ops/adamw.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/ops/gradcheck.h"

namespace fathom::ops {
namespace {

AdamWStep step_number(std::int64_t number, double decay = 0.1) {
  AdamWStep step{};
  step.learning_rate = 1e-2;
  step.beta1 = 0.9;
  step.beta2 = 0.95;
  step.eps = 1e-8;
  step.weight_decay = decay;
  step.step = number;
  step.grad_scale = 0.7;
  return step;
}

// The update written out for one number, in double.
TEST(AdamW, ReferenceFollowsTheFormula) {
  at::Tensor p = at::full({1}, 2.0, at::kDouble), m = at::zeros({1}, at::kDouble), v = at::zeros({1}, at::kDouble);
  double value = 2.0, first = 0.0, second = 0.0;
  for (int t = 1; t <= 5; ++t) {
    const double raw = 0.3 * t - 0.8;
    reference::adamw_(p, at::full({1}, raw, at::kDouble), m, v, step_number(t));
    const double g = 0.7 * raw;
    first = 0.9 * first + 0.1 * g;
    second = 0.95 * second + 0.05 * g * g;
    value -= 1e-2 * 0.1 * value;
    value -= 1e-2 * (first / (1 - std::pow(0.9, t))) / (std::sqrt(second / (1 - std::pow(0.95, t))) + 1e-8);
  }
  EXPECT_NEAR(p.item<double>(), value, 1e-12);
}

TEST(AdamW, KernelAgreesWithReference) {
  at::manual_seed(1);
  for (std::int64_t count : {0, 1, 15, 16, 17, 1000, 100'003}) {
    for (double decay : {0.0, 0.1}) {
      at::Tensor p = at::randn({count}), m = at::zeros({count}), v = at::zeros({count});
      at::Tensor wide_p = p.to(at::kDouble), wide_m = m.to(at::kDouble), wide_v = v.to(at::kDouble);
      for (int t = 1; t <= 4; ++t) {
        const at::Tensor g = at::randn({count});
        ops::adamw_(p, g, m, v, step_number(t, decay));
        reference::adamw_(wide_p, g.to(at::kDouble), wide_m, wide_v, step_number(t, decay));
      }
      EXPECT_LT(testing::relative_error(p, wide_p), 1e-5) << count;
      EXPECT_LT(testing::relative_error(m, wide_m), 1e-5) << count;
      EXPECT_LT(testing::relative_error(v, wide_v), 1e-5) << count;
    }
  }
}

TEST(AdamW, GradientThatIsNotDense) {
  at::manual_seed(2);
  at::Tensor p = at::randn({6, 8}), m = at::zeros({6, 8}), v = at::zeros({6, 8});
  at::Tensor q = p.clone(), m2 = m.clone(), v2 = v.clone();
  const at::Tensor g = at::randn({8, 6}).t();
  ops::adamw_(p, g, m, v, step_number(1));
  ops::adamw_(q, g.contiguous(), m2, v2, step_number(1));
  EXPECT_TRUE(at::equal(p, q));
}

TEST(AdamW, RefusesShapesThatDiffer) {
  at::Tensor p = at::zeros({4}), m = at::zeros({4}), v = at::zeros({4});
  EXPECT_THROW(ops::adamw_(p, at::zeros({3}), m, v, step_number(1)), Error);
  EXPECT_THROW(ops::adamw_(p, at::zeros({4}), m, v, step_number(0)), Error);
}

TEST(GlobalNorm, AgreesWithReferenceAndSkipsUndefined) {
  at::manual_seed(3);
  const std::vector<at::Tensor> gradients = {at::randn({100, 37}), at::Tensor(),        at::randn({1}),
                                             at::zeros({0}),       at::randn({50'001}), at::randn({9, 5}).t()};
  const double expected = reference::global_norm(gradients);
  EXPECT_NEAR(ops::global_norm(gradients), expected, 1e-9 * expected);
  EXPECT_EQ(ops::global_norm({}), 0.0);
  EXPECT_EQ(ops::global_norm({at::Tensor()}), 0.0);
  EXPECT_NEAR(ops::global_norm({at::full({3}, 1e30)}), std::sqrt(3.0) * 1e30, 1e24);  // squares beyond fp32
  EXPECT_TRUE(std::isnan(ops::global_norm({at::full({3}, std::nan(""))})));
}

}  // namespace
}  // namespace fathom::ops
