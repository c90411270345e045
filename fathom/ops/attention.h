// Causal attention over packed sequences; memory linear in length (the scores are never held beyond a tile).
#pragma once

#include <ATen/ATen.h>

#include "fathom/ops/packed.h"

namespace fathom::ops {

// q [tokens, heads, qk_dim], k [tokens, kv_heads, qk_dim], v [tokens, kv_heads, v_dim] → [tokens, heads, v_dim].
// heads is a multiple of kv_heads (GQA); v_dim may differ from qk_dim (MLA). Token i of a sequence sees tokens ≤ i of
// the same sequence. Softmax in fp32. Differentiable in q, k, v.
at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PackedSequences& sequences, double scale);

// Pages of a cache, one layer. A sequence's token t lies in row t % page_size of page page_table[sequence][t / page_size].
struct PagedKeys {
  at::Tensor pages;            // [pages, page_size, width], fp32/bf16/fp16
  at::Tensor page_table;       // [sequences, max_pages] int32
  at::Tensor context_lengths;  // [sequences] int32: tokens in the cache, the new ones included
  std::int64_t page_size = 0;
};

// New queries against cached keys (decoding, chunked prefill); no gradient. Query row r of sequence s (queries.host) stands
// at position context_length - query_length + r.
// GQA cache row: keys [kv_heads, qk_dim] then values [kv_heads, v_dim]. → [tokens, heads, v_dim]
at::Tensor paged_attention(const at::Tensor& q, const PagedKeys& cache, const PackedSequences& queries, std::int64_t kv_heads,
                           std::int64_t v_dim, double scale);
// MLA cache row: latent [kv_lora_rank] then rotary key [rope_dim], shared by all heads (DeepSeek-V3 §2.1.1, absorbed form).
// q_latent [tokens, heads, kv_lora_rank], q_rope [tokens, heads, rope_dim] → weighted latents [tokens, heads, kv_lora_rank].
at::Tensor paged_latent_attention(const at::Tensor& q_latent, const at::Tensor& q_rope, const PagedKeys& cache,
                                  const PackedSequences& queries, double scale);

namespace reference {
at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PackedSequences& sequences, double scale);
at::Tensor paged_attention(const at::Tensor& q, const PagedKeys& cache, const PackedSequences& queries, std::int64_t kv_heads,
                           std::int64_t v_dim, double scale);
at::Tensor paged_latent_attention(const at::Tensor& q_latent, const at::Tensor& q_rope, const PagedKeys& cache,
                                  const PackedSequences& queries, double scale);
}  // namespace reference

}  // namespace fathom::ops
