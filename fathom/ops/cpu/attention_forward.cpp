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
  const auto make_scratch = [&] { return RowScratch(1, longest * group, qk_dim, v_dim); };
  parallel_tasks(static_cast<std::int64_t>(tasks.size()), make_scratch, [&](std::int64_t index, RowScratch& scratch) {
    const ForwardTask& task = tasks[static_cast<std::size_t>(index)];
    const QueryRows rows{task.tokens * group, group, task.first};
    const std::int64_t first_token = task.sequence_begin + task.first, first_head = task.kv_head * group;
    for (std::int64_t r = 0; r < rows.count; ++r) {
      pack_row(qk_dim, p.q.row(first_token + r / group, first_head + r % group), p.scale, scratch.queries.data() + r * qk_dim, qk_dim);
    }
    scratch.start(1, rows.count, qk_dim);
    for (std::int64_t tile = 0; tile < task.first + task.tokens; tile += tile_keys) {
      const std::int64_t count = std::min(tile_keys, task.first + task.tokens - tile), token = task.sequence_begin + tile;
      pack_transposed(count, qk_dim, p.k.row(token, task.kv_head), p.k.token_stride, scratch.keys.data(), tile_keys, padded_width(count));
      const float* values = p.v.row(token, task.kv_head);
      if (v_dim == width) {
        attend_tile(rows, tile, count, qk_dim, 0, values, p.v.token_stride, scratch);
      } else {
        for (std::int64_t i = 0; i < count; ++i) pack_row(v_dim, values + i * p.v.token_stride, 1.0f, scratch.values.data() + i * width, width);
        attend_tile(rows, tile, count, qk_dim, 0, scratch.values.data(), width, scratch);
      }
    }
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const RunningSoftmax& running = scratch.running[static_cast<std::size_t>(r)];
      const std::int64_t place = (first_token + r / group) * p.heads + first_head + r % group;
      float* sums = scratch.out.data() + r * width;
      scale_row(sums, width, 1.0f / running.sum);
      std::copy_n(sums, v_dim, out + place * v_dim);
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
