// The attention kernels of the CPU over plain pointers: fp32 queries, results and gradients; strides in elements.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

// A tensor [tokens, heads, width] whose last dimension is contiguous.
struct HeadRows {
  const float* data = nullptr;
  std::int64_t token_stride = 0, head_stride = 0, width = 0;

  const float* row(std::int64_t token, std::int64_t head) const { return data + token * token_stride + head * head_stride; }
};

struct CausalAttention {
  HeadRows q, k, v;
  std::int64_t heads = 0, kv_heads = 0;
  const std::int32_t* offsets = nullptr;  // [sequences + 1]
  std::int64_t sequences = 0;
  float scale = 1;
};

// out [tokens, heads, v_dim] contiguous; log_sum_exp [tokens, heads], or null where no backward pass follows.
void causal_attention_forward(const CausalAttention& problem, float* out, float* log_sum_exp);

// Gradients of the same, all contiguous and overwritten. `out` is contiguous.
void causal_attention_backward(const CausalAttention& problem, const HeadRows& grad_out, const float* out, const float* log_sum_exp,
                               float* grad_q, float* grad_k, float* grad_v);

enum class CacheType { fp32, bf16, fp16 };

// The new queries of some sequences against pages of rows; see ops::PagedKeys. Keys of key-value head g start at column
// g · qk_dim of a row and values at values_offset + g · v_dim. Queries may come in two parts (latent and rotary) that stand
// side by side.
struct PagedAttention {
  HeadRows q[2];
  std::int64_t heads = 0, kv_heads = 0, v_dim = 0, values_offset = 0;
  const std::int32_t* offsets = nullptr;  // [sequences + 1], of the queries
  std::int64_t sequences = 0;
  const void* pages = nullptr;
  CacheType type = CacheType::fp32;
  std::int64_t page_size = 0, row_width = 0, table_width = 0;
  const std::int32_t* page_table = nullptr;       // [sequences, table_width]
  const std::int32_t* context_lengths = nullptr;  // [sequences]
  float scale = 1;
};

// out [tokens, heads, v_dim] contiguous.
void paged_attention_forward(const PagedAttention& problem, float* out);

}  // namespace fathom::ops::cpu
