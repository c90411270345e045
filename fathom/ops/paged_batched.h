// Attention over a paged cache for sequences with equally many new tokens (decoding): one gather and two batched products
// for all sequences, where no fused kernel is at hand. The reference takes one sequence after the other, which on a GPU is
// thousands of launches a step.
#pragma once

#include "fathom/ops/attention.h"

namespace fathom::ops {

// Whether the queries are of one length and short enough that scores [tokens, heads, context] are small.
bool batched_paged_attention_pays(const PackedSequences& queries);

// q [tokens, heads, qk_dim] against cache rows that hold the keys [kv_heads, qk_dim] from column 0 and the values
// [kv_heads, v_dim] from column `values_offset` → [tokens, heads, v_dim]. Softmax in fp32 (fp64 for doubles).
at::Tensor batched_paged_attention(const at::Tensor& q, const PagedKeys& cache, const PackedSequences& queries, std::int64_t kv_heads,
                                   std::int64_t v_dim, std::int64_t values_offset, double scale);

}  // namespace fathom::ops
