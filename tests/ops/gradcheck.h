// Finite differences against autograd, in double precision: how the reference of every operation is checked.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace fathom::ops::testing {

using TensorFunction = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

// Gradients of sum(f(inputs) · r), r fixed and random, by autograd. Inputs are detached copies; one that f does not use
// receives zeros.
inline std::vector<at::Tensor> autograd_gradients(const TensorFunction& f, const std::vector<at::Tensor>& inputs, std::uint64_t seed = 7) {
  std::vector<at::Tensor> leaves;
  for (const at::Tensor& input : inputs) leaves.push_back(input.detach().clone().set_requires_grad(true));
  const at::Tensor out = f(leaves);
  at::Generator generator = at::detail::createCPUGenerator(seed);
  const at::Tensor r = at::empty(out.sizes(), at::kDouble).normal_(0, 1, generator).to(out.options());
  std::vector<at::Tensor> gradients = torch::autograd::grad({(out * r).sum()}, leaves, {}, false, false, true);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) gradients[i] = at::zeros_like(leaves[i]);
  }
  return gradients;
}

// Central differences of the same function for up to `samples` elements of each input (double precision expected).
inline void expect_gradients_match(const TensorFunction& f, const std::vector<at::Tensor>& inputs, double tolerance = 1e-6,
                                   std::int64_t samples = 24, std::uint64_t seed = 7) {
  const std::vector<at::Tensor> gradients = autograd_gradients(f, inputs, seed);
  const at::NoGradGuard no_grad;
  at::Tensor r;
  std::vector<at::Tensor> points;
  for (const at::Tensor& input : inputs) {
    ASSERT_EQ(input.scalar_type(), at::kDouble) << "finite differences need double precision";
    points.push_back(input.detach().clone().contiguous());
  }
  const auto value = [&] {
    const at::Tensor out = f(points);
    if (!r.defined()) {
      at::Generator generator = at::detail::createCPUGenerator(seed);
      r = at::empty(out.sizes(), at::kDouble).normal_(0, 1, generator).to(out.options());
    }
    return (out * r).sum().item<double>();
  };
  const double h = 1e-5;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const at::Tensor gradient = gradients[i].contiguous();
    const std::int64_t count = points[i].numel(), stride = std::max<std::int64_t>(1, count / samples);
    for (std::int64_t j = 0; j < count; j += stride) {
      double& element = points[i].data_ptr<double>()[j];
      const double kept = element;
      element = kept + h;
      const double above = value();
      element = kept - h;
      const double below = value();
      element = kept;
      const double numeric = (above - below) / (2 * h), analytic = gradient.data_ptr<double>()[j];
      EXPECT_NEAR(analytic, numeric, tolerance * std::max(1.0, std::abs(numeric))) << "input " << i << ", element " << j;
    }
  }
}

// Largest |a - b| relative to the largest |b|, which counts as 0.1 where it is smaller (a gradient that is zero by symmetry).
inline double relative_error(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  if (a.numel() == 0) return 0;
  const at::Tensor wide = b.to(at::kDouble);
  const double largest = wide.abs().max().item<double>();
  return (a.to(at::kDouble) - wide).abs().max().item<double>() / std::max(largest, 0.1);
}

// A kernel against its reference in double precision: values and gradients of fp32 inputs.
inline void expect_matches_reference(const TensorFunction& kernel, const TensorFunction& reference, const std::vector<at::Tensor>& inputs,
                                     double tolerance = 1e-5) {
  std::vector<at::Tensor> wide;
  for (const at::Tensor& input : inputs) wide.push_back(input.to(at::kDouble));
  {
    const at::NoGradGuard no_grad;
    EXPECT_LT(relative_error(kernel(inputs), reference(wide)), tolerance) << "values";
  }
  const std::vector<at::Tensor> actual = autograd_gradients(kernel, inputs), expected = autograd_gradients(reference, wide);
  for (std::size_t i = 0; i < inputs.size(); ++i) EXPECT_LT(relative_error(actual[i], expected[i]), tolerance) << "gradient of input " << i;
}

}  // namespace fathom::ops::testing
