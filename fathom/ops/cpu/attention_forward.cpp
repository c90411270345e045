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

// Some query tokens of one sequence, for a range of key-value heads (all of them where the sequence is short, so that a
// token's heads are read by one thread).
struct ForwardTask {
  std::int64_t sequence_begin, first, tokens, kv_begin, kv_end;
};

void forward_head(const CausalAttention& p, const ForwardTask& task, std::int64_t kv_head, RowScratch& scratch, float* out,
                  float* log_sum_exp) {
  const std::int64_t group = p.heads / p.kv_heads, qk_dim = p.q.width, v_dim = p.v.width, width = padded_width(v_dim);
  const QueryRows rows{task.tokens * group, group, task.first};
  const std::int64_t first_token = task.sequence_begin + task.first, first_head = kv_head * group;
  for (std::int64_t r = 0; r < rows.count; ++r) {
    pack_row(qk_dim, p.q.row(first_token + r / group, first_head + r % group), p.scale, scratch.queries.data() + r * qk_dim, qk_dim);
  }
  scratch.start(1, rows.count, qk_dim);
  for (std::int64_t tile = 0; tile < task.first + task.tokens; tile += tile_keys) {
    const std::int64_t count = std::min(tile_keys, task.first + task.tokens - tile), token = task.sequence_begin + tile;
    pack_transposed(count, qk_dim, p.k.row(token, kv_head), p.k.token_stride, scratch.keys.data(), tile_keys, padded_width(count));
    const float* values = p.v.row(token, kv_head);
    if (v_dim == width) {
      attend_tile(rows, tile, count, qk_dim, 0, values, p.v.token_stride, scratch);
    } else {
      for (std::int64_t i = 0; i < count; ++i)
        pack_row(v_dim, values + i * p.v.token_stride, 1.0f, scratch.values.data() + i * width, width);
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
}

void causal_forward(const CausalAttention& p, float* out, float* log_sum_exp) {
  const std::int64_t group = p.heads / p.kv_heads, block_tokens = std::max<std::int64_t>(block_rows, 128 / group);
  std::vector<ForwardTask> tasks;
  std::int64_t longest = 0;
  for (std::int64_t s = 0; s < p.sequences; ++s) {
    const std::int64_t begin = p.offsets[s], length = p.offsets[s + 1] - begin;
    longest = std::max(longest, std::min(length, block_tokens));
    if (length > 0 && length <= block_tokens) {
      tasks.push_back({begin, 0, length, 0, p.kv_heads});
      continue;
    }
    // The last blocks see the most keys: first in the queue.
    for (std::int64_t block = (length + block_tokens - 1) / block_tokens - 1; block >= 0; --block) {
      const std::int64_t first = block * block_tokens, tokens = std::min(block_tokens, length - first);
      for (std::int64_t g = 0; g < p.kv_heads; ++g) tasks.push_back({begin, first, tokens, g, g + 1});
    }
  }
  const auto make_scratch = [&] { return RowScratch(1, longest * group, p.q.width, p.v.width); };
  parallel_tasks(static_cast<std::int64_t>(tasks.size()), make_scratch, [&](std::int64_t index, RowScratch& scratch) {
    const ForwardTask& task = tasks[static_cast<std::size_t>(index)];
    for (std::int64_t g = task.kv_begin; g < task.kv_end; ++g) {
      if (g + 1 < task.kv_end) {
        for (std::int64_t h = (g + 1) * group; h < (g + 2) * group; ++h) {
          prefetch_rows(task.tokens, p.q.width, p.q.row(task.sequence_begin, h), p.q.token_stride);
        }
        prefetch_rows(task.tokens, p.k.width, p.k.row(task.sequence_begin, g + 1), p.k.token_stride);
        prefetch_rows(task.tokens, p.v.width, p.v.row(task.sequence_begin, g + 1), p.v.token_stride);
      }
      forward_head(p, task, g, scratch, out, log_sum_exp);
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
