#include "fathom/ops/attention_shapes.h"

#include <fmt/ranges.h>

#include "fathom/base/error.h"

namespace fathom::ops {
namespace {

std::string shape(const at::Tensor& t) { return fmt::format("[{}]", fmt::join(t.sizes(), ", ")); }

void check_cache(const PagedKeys& cache, const PackedSequences& queries, std::int64_t tokens, std::int64_t width) {
  require(queries.tokens() == tokens, "paged attention: {} query rows, but the sequences cover {}", tokens, queries.tokens());
  require(cache.pages.dim() == 3 && cache.page_size > 0 && cache.pages.size(1) == cache.page_size && cache.pages.size(2) == width,
          "paged attention: pages have shape {}; expected [pages, {}, {}]", shape(cache.pages), cache.page_size, width);
  require(cache.page_table.dim() == 2 && cache.page_table.scalar_type() == at::kInt && cache.page_table.size(0) == queries.count() &&
              cache.context_lengths.dim() == 1 && cache.context_lengths.scalar_type() == at::kInt &&
              cache.context_lengths.size(0) == queries.count(),
          "paged attention: page_table {} and context_lengths {} must be int32 of {} sequences", shape(cache.page_table),
          shape(cache.context_lengths), queries.count());
  const at::Tensor table = cache.page_table.cpu().contiguous(), contexts = cache.context_lengths.cpu().contiguous();
  const std::int32_t* pages = table.data_ptr<std::int32_t>();
  for (std::int64_t s = 0; s < queries.count(); ++s) {
    const std::int64_t length = queries.host[s + 1] - queries.host[s], context = contexts.data_ptr<std::int32_t>()[s];
    require(context >= length, "paged attention: sequence {} has {} new tokens but a context of {}; the context includes the new ones", s,
            length, context);
    const std::int64_t needed = (context + cache.page_size - 1) / cache.page_size;
    require(needed <= table.size(1), "paged attention: sequence {} needs {} pages, its page table has room for {}", s, needed,
            table.size(1));
    for (std::int64_t i = 0; i < needed; ++i) {
      const std::int64_t page = pages[s * table.size(1) + i];
      require(page >= 0 && page < cache.pages.size(0), "paged attention: sequence {} refers to page {} of {}", s, page,
              cache.pages.size(0));
    }
  }
}

}  // namespace

void check_causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PackedSequences& sequences) {
  const bool three = q.dim() == 3 && k.dim() == 3 && v.dim() == 3;
  require(
      three && q.size(2) == k.size(2) && k.size(1) == v.size(1) && k.size(1) > 0 && q.size(1) % k.size(1) == 0 && k.size(0) == q.size(0) &&
          v.size(0) == q.size(0),
      "causal_attention: q {}, k {}, v {}; expected [tokens, heads, qk_dim], [tokens, kv_heads, qk_dim], [tokens, kv_heads, v_dim] with "
      "heads a multiple of kv_heads",
      shape(q), shape(k), shape(v));
  require(sequences.tokens() == q.size(0), "causal_attention: {} tokens, but the sequences cover {}", q.size(0), sequences.tokens());
}

void check_paged_attention(const at::Tensor& q, const PagedKeys& cache, const PackedSequences& queries, std::int64_t kv_heads,
                           std::int64_t v_dim) {
  require(q.dim() == 3 && kv_heads > 0 && v_dim > 0 && q.size(1) % kv_heads == 0,
          "paged_attention: q {} with {} key-value heads; expected [tokens, heads, qk_dim] with heads a multiple of them", shape(q),
          kv_heads);
  check_cache(cache, queries, q.size(0), kv_heads * (q.size(2) + v_dim));
}

void check_paged_latent_attention(const at::Tensor& q_latent, const at::Tensor& q_rope, const PagedKeys& cache,
                                  const PackedSequences& queries) {
  require(q_latent.dim() == 3 && q_rope.dim() == 3 && q_latent.size(0) == q_rope.size(0) && q_latent.size(1) == q_rope.size(1),
          "paged_latent_attention: q_latent {}, q_rope {}; expected [tokens, heads, kv_lora_rank], [tokens, heads, rope_dim]",
          shape(q_latent), shape(q_rope));
  check_cache(cache, queries, q_latent.size(0), q_latent.size(2) + q_rope.size(2));
}

}  // namespace fathom::ops
