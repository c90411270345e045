// What every face of the attention operations requires of its arguments. Each throws Error naming the shapes it got.
#pragma once

#include "fathom/ops/attention.h"

namespace fathom::ops {

void check_causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PackedSequences& sequences);
// Also reads page_table and context_lengths (a copy to the host where they lie on a device) and checks that every page the
// context needs exists.
void check_paged_attention(const at::Tensor& q, const PagedKeys& cache, const PackedSequences& queries, std::int64_t kv_heads,
                           std::int64_t v_dim);
void check_paged_latent_attention(const at::Tensor& q_latent, const at::Tensor& q_rope, const PagedKeys& cache,
                                  const PackedSequences& queries);

}  // namespace fathom::ops
