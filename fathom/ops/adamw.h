// AdamW (Loshchilov & Hutter 2019), one fused pass over parameter, gradient and moments; and the global gradient norm.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace fathom::ops {

struct AdamWStep {
  double learning_rate, beta1, beta2, eps, weight_decay;
  std::int64_t step;        // 1-based, for the bias correction
  double grad_scale = 1.0;  // gradients are multiplied by it first (clipping, accumulation)
};

// In place on parameter, exp_avg, exp_avg_sq (all fp32, same shape, contiguous). Decoupled decay: p -= lr·wd·p.
void adamw_(at::Tensor& parameter, const at::Tensor& gradient, at::Tensor& exp_avg, at::Tensor& exp_avg_sq, const AdamWStep& step);

// sqrt(Σ ‖g‖²) over all tensors, accumulated in double. Undefined tensors count as zero.
double global_norm(const std::vector<at::Tensor>& gradients);

namespace reference {
void adamw_(at::Tensor& parameter, const at::Tensor& gradient, at::Tensor& exp_avg, at::Tensor& exp_avg_sq, const AdamWStep& step);
double global_norm(const std::vector<at::Tensor>& gradients);
}  // namespace reference

}  // namespace fathom::ops
