// One small product a head, where the heads lie interleaved in the rows: the absorbed projections of latent attention.
#pragma once

#include <ATen/ATen.h>

namespace fathom::nn {

// x [tokens, heads, in], weight [heads, in, out] (any strides with a contiguous last or middle dimension) → [tokens, heads, out]
// with y[t, h] = x[t, h] · weight[h]. No gradient. x and the result are contiguous in their last dimension.
at::Tensor per_head_product(const at::Tensor& x, const at::Tensor& weight);

}  // namespace fathom::nn
