// Queries, keys and values of all heads for expanded latent attention, put together in one pass over the projections.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "fathom/nn/rope_table.h"

namespace fathom::nn {

struct LatentHeadShape {
  std::int64_t heads = 0, nope_dim = 0, rope_dim = 0, v_dim = 0;
  bool rope_interleaved = true;
};

struct LatentHeads {
  at::Tensor q, k;  // [tokens, heads, nope + rope]
  at::Tensor v;     // [tokens, heads, v]
};

// q [tokens, heads · (nope + rope)], not rotated yet; kv [tokens, heads · (nope + v)] of kv_b_proj; k_rope [tokens, 1, rope], rotated,
// which becomes part of every head's key; positions [tokens] int64, each within the table. Differentiable in q, kv and k_rope.
LatentHeads join_latent_heads(const at::Tensor& q, const at::Tensor& kv, const at::Tensor& k_rope, const RopeTable& rope,
                              const at::Tensor& positions, const LatentHeadShape& shape);

}  // namespace fathom::nn
