// y = x Wᵀ + b. fp32 on CPU runs on our own threads over single-threaded BLAS, few rows (decoding) on a bandwidth-bound
// kernel of ours; other devices and dtypes on libtorch. When x is bf16/fp16 and the weight fp32 (master weights), the
// weight is cast for the product and receives an fp32 gradient.
#pragma once

#include <ATen/ATen.h>

#include <optional>

namespace fathom::ops {

// x [tokens, in], weight [out, in], bias [out] → [tokens, out]. Differentiable in all three.
// Throws Error when the widths differ.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias = std::nullopt);

namespace reference {
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias = std::nullopt);
}

}  // namespace fathom::ops
