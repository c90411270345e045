// fp32 faces of ops::linear on the CPU. All tensors are fp32 on the CPU; inputs may have a row stride (last dim contiguous).
#pragma once

#include <ATen/ATen.h>

namespace fathom::ops::cpu {

// x [tokens, in], weight [out, in], bias [out] or undefined → [tokens, out].
at::Tensor linear_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);
// dY · W → [tokens, in].
at::Tensor linear_grad_input(const at::Tensor& grad, const at::Tensor& weight);
// dYᵀ · X → [out, in].
at::Tensor linear_grad_weight(const at::Tensor& grad, const at::Tensor& x);
// Column sums of dY → [out].
at::Tensor linear_grad_bias(const at::Tensor& grad);

}  // namespace fathom::ops::cpu
