// RMSNorm (Zhang & Sennrich 2019): y = x / sqrt(mean(x²) + eps) · weight, computed in fp32.
#pragma once

#include <ATen/ATen.h>

#include <utility>

namespace fathom::ops {

// x [..., width], weight [width] → as x. Differentiable in x and weight. x may be a row-strided view (last dim contiguous).
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

// The residual step of a pre-norm block in one pass: sum = residual + x, normed = rms_norm(sum). Returns {normed, sum}.
std::pair<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, double eps);

namespace reference {
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
}

}  // namespace fathom::ops
