#include "fathom/ops/paged_batched.h"

#include <limits>

namespace fathom::ops {
namespace {

constexpr std::int64_t most_query_tokens = 8;

}  // namespace

bool batched_paged_attention_pays(const PackedSequences& queries) {
  const std::int64_t count = queries.count();
  if (count < 1 || queries.max_length < 1 || queries.max_length > most_query_tokens) return false;
  return queries.tokens() == count * queries.max_length;
}

at::Tensor batched_paged_attention(const at::Tensor& q, const PagedKeys& cache, const PackedSequences& queries, std::int64_t kv_heads,
                                   std::int64_t v_dim, std::int64_t values_offset, double scale) {
  const std::int64_t sequences = queries.count(), length = queries.max_length, heads = q.size(1), qk_dim = q.size(2);
  const std::int64_t group = heads / kv_heads, context = cache.page_table.size(1) * cache.page_size;
  const at::Device device = q.device();
  const at::Tensor contexts = cache.context_lengths.to(device, at::kLong), table = cache.page_table.to(device, at::kLong).clamp_min(0);
  const at::ScalarType wide = q.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;

  // Places of the table that a sequence does not use name no page. Rows beyond a sequence's context hold anything, not a number included:
  // they must be zero, not merely have no weight.
  const at::Tensor positions = at::arange(context, contexts.options());
  const at::Tensor beyond = positions.unsqueeze(0) >= contexts.unsqueeze(1);  // [sequences, context]
  const at::Tensor rows = cache.pages.index_select(0, table.reshape({-1}))
                              .reshape({sequences, context, cache.pages.size(2)})
                              .to(q.scalar_type())
                              .masked_fill(beyond.unsqueeze(2), 0.0);
  const auto heads_of = [&](std::int64_t column, std::int64_t width) {  // [sequences, kv_heads, context, width]
    return rows.narrow(2, column, kv_heads * width).reshape({sequences, context, kv_heads, width}).transpose(1, 2);
  };

  // Query rows of one key-value head side by side: [sequences, kv_heads, length · group, qk_dim].
  const at::Tensor grouped = q.reshape({sequences, length, kv_heads, group, qk_dim})
                                 .permute({0, 2, 1, 3, 4})
                                 .reshape({sequences, kv_heads, length * group, qk_dim});
  const at::Tensor scores = at::matmul(grouped, heads_of(0, qk_dim).transpose(2, 3)).to(wide) * scale;
  const at::Tensor last = contexts.unsqueeze(1) - length + at::arange(length, contexts.options()).repeat_interleave(group);
  const at::Tensor hidden = positions.view({1, 1, context}) > last.unsqueeze(2);  // [sequences, length · group, context]
  const at::Tensor weights = at::softmax(scores.masked_fill(hidden.unsqueeze(1), -std::numeric_limits<double>::infinity()), -1);
  return at::matmul(weights.to(q.scalar_type()), heads_of(values_offset, v_dim))
      .reshape({sequences, kv_heads, length, group, v_dim})
      .permute({0, 2, 1, 3, 4})
      .reshape({sequences * length, heads, v_dim});
}

}  // namespace fathom::ops
