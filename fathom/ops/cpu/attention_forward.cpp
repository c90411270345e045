#include <cmath>

#include "fathom/ops/cpu/attention.h"
#include "fathom/ops/cpu/parallel_tasks.h"
#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/attention_forward.cpp"
#include <hwy/foreach_target.h>

#include "fathom/ops/cpu/attention_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

// Keys and values of one head of one sequence.
struct PackedKeySource {
  const float *keys, *values;
  std::int64_t key_stride, value_stride, qk_dim, v_dim;

  ValueTile pack(std::int64_t begin, std::int64_t count, float* packed_keys, float* packed_values) const {
    pack_transposed(count, qk_dim, keys + begin * key_stride, key_stride, packed_keys, tile_keys, padded_width(count));
    const float* first = values + begin * value_stride;
    if (v_dim % vector_width == 0) return {first, value_stride};
    const std::int64_t ld = padded_width(v_dim);
    for (std::int64_t i = 0; i < count; ++i) pack_row(v_dim, first + i * value_stride, 1.0f, packed_values + i * ld, ld);
    return {packed_values, ld};
  }
};

// Query tokens of one sequence that share a packing of keys.
struct ForwardTask {
  std::int64_t sequence_begin, kv_head, first, tokens;
};

void causal_forward(const CausalAttention& p, float* out, float* log_sum_exp) {
  const std::int64_t group = p.heads / p.kv_heads, block_tokens = std::max<std::int64_t>(block_rows, 128 / group);
  std::vector<ForwardTask> tasks;
  std::int64_t longest = 0;
  for (std::int64_t s = 0; s < p.sequences; ++s) {
    const std::int64_t begin = p.offsets[s], length = p.offsets[s + 1] - begin;
    longest = std::max(longest, std::min(length, block_tokens));
    // The last blocks see the most keys: first in the queue.
    for (std::int64_t block = (length + block_tokens - 1) / block_tokens - 1; block >= 0; --block) {
      for (std::int64_t g = 0; g < p.kv_heads; ++g) {
        tasks.push_back({begin, g, block * block_tokens, std::min(block_tokens, length - block * block_tokens)});
      }
    }
  }
  const std::int64_t qk_dim = p.q.width, v_dim = p.v.width, width = padded_width(v_dim);
  const auto make_scratch = [&] { return RowScratch(longest * group, qk_dim, v_dim); };
  parallel_tasks(static_cast<std::int64_t>(tasks.size()), make_scratch, [&](std::int64_t index, RowScratch& scratch) {
    const ForwardTask& task = tasks[static_cast<std::size_t>(index)];
    const QueryRows rows{task.tokens * group, group, task.first};
    const std::int64_t first_token = task.sequence_begin + task.first, first_head = task.kv_head * group;
    for (std::int64_t r = 0; r < rows.count; ++r) {
      pack_row(qk_dim, p.q.row(first_token + r / group, first_head + r % group), p.scale, scratch.queries() + r * qk_dim, qk_dim);
    }
    const PackedKeySource source{p.k.row(task.sequence_begin, task.kv_head), p.v.row(task.sequence_begin, task.kv_head),
                                 p.k.token_stride, p.v.token_stride, qk_dim, v_dim};
    attend_rows(rows, 0, task.first + task.tokens, qk_dim, v_dim, source, scratch);
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const RunningSoftmax& running = scratch.running()[r];
      const std::int64_t place = (first_token + r / group) * p.heads + first_head + r % group;
      scale_row(scratch.out() + r * width, width, 1.0f / running.sum);
      std::copy_n(scratch.out() + r * width, v_dim, out + place * v_dim);
      if (log_sum_exp != nullptr) log_sum_exp[place] = running.largest + std::log(running.sum);
    }
  });
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(causal_forward);

void causal_attention_forward(const CausalAttention& problem, float* out, float* log_sum_exp) {
  HWY_DYNAMIC_DISPATCH(causal_forward)(problem, out, log_sum_exp);
}

}  // namespace fathom::ops::cpu
#endif
