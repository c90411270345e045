// Rotary position embedding (RoFormer), with both pairings in use: halves (x[i], x[i + d/2]; Llama, Qwen2) and
// interleaved (x[2i], x[2i+1]; DeepSeek-V3). Interleaved input is rotated in place of its pairs and keeps that order:
// scores do not depend on it as long as queries and keys agree.
#pragma once

#include <ATen/ATen.h>

namespace fathom::ops {

// x [tokens, heads, rope_dim] (any strides with a contiguous last dim); cos, sin [max_positions, rope_dim / 2] fp32;
// positions [tokens] int64 → new contiguous tensor as x. Differentiable in x.
at::Tensor rotary(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, const at::Tensor& positions, bool interleaved);

namespace reference {
at::Tensor rotary(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, const at::Tensor& positions, bool interleaved);
}

}  // namespace fathom::ops
