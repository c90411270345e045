#include "fathom/ops/attention.h"

#include <limits>

#include "fathom/ops/attention_shapes.h"

namespace fathom::ops::reference {
namespace {

// Softmax(q kᵀ · scale) v of one sequence, query row r standing at position key_length - query_length + r.
// q [queries, heads, qk_dim], k [keys, kv_heads, qk_dim], v [keys, kv_heads, v_dim] → [queries, heads, v_dim].
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale) {
  const std::int64_t queries = q.size(0), keys = k.size(0), group = q.size(1) / k.size(1);
  const at::ScalarType wide = q.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const at::Tensor qh = q.to(wide).transpose(0, 1);
  const at::Tensor kh = k.to(wide).transpose(0, 1).repeat_interleave(group, 0);
  const at::Tensor vh = v.to(wide).transpose(0, 1).repeat_interleave(group, 0);
  const at::Tensor hidden = at::ones({queries, keys}, q.options().dtype(at::kBool)).triu(keys - queries + 1);
  const at::Tensor scores = (at::matmul(qh, kh.transpose(1, 2)) * scale).masked_fill(hidden, -std::numeric_limits<double>::infinity());
  return at::matmul(at::softmax(scores, -1), vh).transpose(0, 1).to(q.scalar_type());
}

// The cached rows of sequence s, [context, width].
at::Tensor gather(const PagedKeys& cache, std::int64_t s, std::int64_t context) {
  const std::int64_t pages = (context + cache.page_size - 1) / cache.page_size;
  const at::Tensor table = cache.page_table.select(0, s).narrow(0, 0, pages).to(cache.pages.device(), at::kLong);
  return cache.pages.index_select(0, table).reshape({pages * cache.page_size, cache.pages.size(2)}).narrow(0, 0, context);
}

}  // namespace

at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PackedSequences& sequences, double scale) {
  check_causal_attention(q, k, v, sequences);
  std::vector<at::Tensor> outputs;
  for (std::int64_t s = 0; s < sequences.count(); ++s) {
    const std::int64_t begin = sequences.host[s], length = sequences.host[s + 1] - begin;
    if (length > 0) outputs.push_back(attend(q.narrow(0, begin, length), k.narrow(0, begin, length), v.narrow(0, begin, length), scale));
  }
  if (outputs.empty()) return at::zeros({0, q.size(1), v.size(2)}, q.options());
  return at::cat(outputs);
}

at::Tensor paged_attention(const at::Tensor& q, const PagedKeys& cache, const PackedSequences& queries, std::int64_t kv_heads,
                           std::int64_t v_dim, double scale) {
  check_paged_attention(q, cache, queries, kv_heads, v_dim);
  const at::Tensor contexts = cache.context_lengths.cpu();
  const std::int64_t qk_dim = q.size(2);
  at::Tensor out = at::empty({q.size(0), q.size(1), v_dim}, q.options());
  for (std::int64_t s = 0; s < queries.count(); ++s) {
    const std::int64_t begin = queries.host[s], length = queries.host[s + 1] - begin;
    if (length == 0) continue;
    const std::int64_t context = contexts.data_ptr<std::int32_t>()[s];
    const at::Tensor rows = gather(cache, s, context).to(q.scalar_type());
    const at::Tensor k = rows.narrow(1, 0, kv_heads * qk_dim).reshape({context, kv_heads, qk_dim});
    const at::Tensor v = rows.narrow(1, kv_heads * qk_dim, kv_heads * v_dim).reshape({context, kv_heads, v_dim});
    out.narrow(0, begin, length).copy_(attend(q.narrow(0, begin, length), k, v, scale));
  }
  return out;
}

at::Tensor paged_latent_attention(const at::Tensor& q_latent, const at::Tensor& q_rope, const PagedKeys& cache,
                                  const PackedSequences& queries, double scale) {
  check_paged_latent_attention(q_latent, q_rope, cache, queries);
  const at::Tensor contexts = cache.context_lengths.cpu();
  const std::int64_t rank = q_latent.size(2);
  const at::Tensor q = at::cat({q_latent, q_rope}, -1);
  at::Tensor out = at::empty(q_latent.sizes(), q_latent.options());
  for (std::int64_t s = 0; s < queries.count(); ++s) {
    const std::int64_t begin = queries.host[s], length = queries.host[s + 1] - begin;
    if (length == 0) continue;
    const std::int64_t context = contexts.data_ptr<std::int32_t>()[s];
    const at::Tensor rows = gather(cache, s, context).to(q.scalar_type()).unsqueeze(1);
    out.narrow(0, begin, length).copy_(attend(q.narrow(0, begin, length), rows, rows.narrow(2, 0, rank), scale));
  }
  return out;
}

}  // namespace fathom::ops::reference
