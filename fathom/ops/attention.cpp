#include "fathom/ops/attention.h"

namespace fathom::ops {

at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PackedSequences& sequences, double scale) {
  return reference::causal_attention(q, k, v, sequences, scale);
}

at::Tensor paged_attention(const at::Tensor& q, const PagedKeys& cache, const PackedSequences& queries, std::int64_t kv_heads,
                           std::int64_t v_dim, double scale) {
  return reference::paged_attention(q, cache, queries, kv_heads, v_dim, scale);
}

at::Tensor paged_latent_attention(const at::Tensor& q_latent, const at::Tensor& q_rope, const PagedKeys& cache,
                                  const PackedSequences& queries, double scale) {
  return reference::paged_latent_attention(q_latent, q_rope, cache, queries, scale);
}

}  // namespace fathom::ops
