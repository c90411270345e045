#include <cmath>

#include "fathom/ops/cpu/attention.h"
#include "fathom/ops/cpu/parallel_tasks.h"
#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/paged_attention.cpp"
#include <hwy/foreach_target.h>

#include "fathom/ops/cpu/attention_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

// Where few queries meet a long context, parts of this many keys are separate tasks, each for all heads. The cut depends on
// the sequence alone, never on the batch or the threads, so that a sequence's result does not change with its company.
constexpr std::int64_t part_keys = 128;
constexpr std::int64_t part_queries = 8;
// Rows of the cache that are packed at a time, and how far ahead the next ones are asked for.
constexpr std::int64_t rows_ahead = 16;

template <typename Narrow>
HWY_INLINE void widen_row(const void* pages, std::int64_t offset, std::int64_t width, float* HWY_RESTRICT to) {
  const Floats d;
  const hn::Rebind<Narrow, Floats> narrow;
  const Narrow* from = static_cast<const Narrow*>(pages) + offset;
  std::int64_t i = 0;
  for (; i + vector_width <= width; i += vector_width) hn::StoreU(hn::PromoteTo(d, hn::LoadU(narrow, from + i)), d, to + i);
  if (i < width) {
    Narrow tail[vector_width] = {};
    float wide[vector_width];
    std::copy_n(from + i, width - i, tail);
    hn::StoreU(hn::PromoteTo(d, hn::LoadU(narrow, tail)), d, wide);
    std::copy_n(wide, width - i, to + i);
  }
}

// The cache as some key-value heads of one sequence see it. A tile is packed for all of them at once, so that rows are read
// from end to end: keys [heads · qk_dim, tile_keys], values [tile_keys, value_ld], both one head after the other.
struct PageSource {
  const PagedAttention& p;
  const std::int32_t* table;
  std::int64_t first_head, heads, qk_dim;
  float* widened;  // [rows_ahead, heads · qk_dim] where the cache is not fp32

  // One vector more than needed: reading the last head's values in whole vectors stays inside, and rows a power of two apart
  // would share few sets of the first-level cache.
  std::int64_t value_ld() const { return padded_width(heads * p.v_dim) + vector_width; }

  std::int64_t row(std::int64_t position) const {
    return (table[position / p.page_size] * p.page_size + position % p.page_size) * p.row_width;
  }

  void widen(std::int64_t offset, std::int64_t width, float* to) const {
    if (p.type == CacheType::bf16) {
      widen_row<hwy::bfloat16_t>(p.pages, offset, width, to);
    } else {
      widen_row<hwy::float16_t>(p.pages, offset, width, to);
    }
  }

  // Asks for the rows of keys [begin, end): they are scattered over pages, which hardware does not prefetch across.
  void prefetch(std::int64_t begin, std::int64_t end) const {
    const std::int64_t size = p.type == CacheType::fp32 ? 4 : 2, line = 64;
    const std::int64_t keys = first_head * qk_dim * size, values = (p.values_offset + first_head * p.v_dim) * size;
    for (std::int64_t position = begin; position < end; ++position) {
      const char* bytes = static_cast<const char*>(p.pages) + row(position) * size;
      for (std::int64_t i = 0; i < heads * qk_dim * size; i += line) __builtin_prefetch(bytes + keys + i, 0, 2);
      if (p.values_offset == 0) continue;  // latents: the values are part of the keys
      for (std::int64_t i = 0; i < heads * p.v_dim * size; i += line) __builtin_prefetch(bytes + values + i, 0, 2);
    }
  }

  // Packs keys [begin, begin + count) and asks for what follows up to `end` a few rows ahead.
  void pack(std::int64_t begin, std::int64_t count, std::int64_t end, float* keys, float* values) const {
    const std::int64_t ld = value_ld(), key_width = heads * qk_dim, value_width = heads * p.v_dim;
    const std::int64_t key_column = first_head * qk_dim, value_column = p.values_offset + first_head * p.v_dim;
    for (std::int64_t done = 0; done < count;) {
      // The rest of a page lies in consecutive rows.
      const std::int64_t at = begin + done, rows = std::min({count - done, p.page_size - at % p.page_size, rows_ahead - done % rows_ahead});
      prefetch(std::min(end, at + rows_ahead), std::min(end, at + rows_ahead + rows));
      const std::int64_t columns = done + rows == count ? padded_width(count) - done : rows;
      float* tile_values = values + done * ld;
      if (p.type == CacheType::fp32) {
        const float* first = static_cast<const float*>(p.pages) + row(at);
        pack_transposed(rows, key_width, first + key_column, p.row_width, keys + done, tile_keys, columns);
        for (std::int64_t i = 0; i < rows; ++i)
          pack_row(value_width, first + i * p.row_width + value_column, 1.0f, tile_values + i * ld, ld);
      } else {
        for (std::int64_t i = 0; i < rows; ++i) {
          widen(row(at + i) + key_column, key_width, widened + i * key_width);
          widen(row(at + i) + value_column, value_width, tile_values + i * ld);
          std::fill(tile_values + i * ld + value_width, tile_values + (i + 1) * ld, 0.0f);
        }
        pack_transposed(rows, key_width, widened, key_width, keys + done, tile_keys, columns);
      }
      done += rows;
    }
  }
};

// Some query tokens of a sequence against a part of its keys, for a range of key-value heads.
struct PagedTask {
  std::int64_t sequence, first_head, heads, first, tokens, begin, end;
  // Where parts of the same queries leave their sums: index of the first row in the partial results, or -1 if there is one part.
  std::int64_t partial = -1;
};

// Queries of a sequence whose parts have to be put together. The rows of a part: heads in turn, each tokens · group rows.
struct Merge {
  std::int64_t first_token, tokens, parts, partial;
};

struct PagedPlan {
  std::vector<PagedTask> tasks;
  std::vector<Merge> merges;
  std::int64_t partial_rows = 0, most_heads = 0, most_rows = 0;
};

PagedPlan plan(const PagedAttention& p) {
  const std::int64_t group = p.heads / p.kv_heads, block_tokens = std::max<std::int64_t>(1, 128 / group);
  PagedPlan plan;
  for (std::int64_t s = 0; s < p.sequences; ++s) {
    const std::int64_t length = p.offsets[s + 1] - p.offsets[s], context = p.context_lengths[s];
    if (length == 0) continue;
    if (length <= part_queries) {
      const std::int64_t parts = (context + part_keys - 1) / part_keys, rows = length * p.heads;
      plan.most_heads = p.kv_heads;
      plan.most_rows = std::max(plan.most_rows, length * group);
      if (parts > 1) plan.merges.push_back({p.offsets[s], length, parts, plan.partial_rows});
      for (std::int64_t part = 0; part < parts; ++part) {
        plan.tasks.push_back(
            {s, 0, p.kv_heads, 0, length, part * part_keys, std::min(context, (part + 1) * part_keys), parts > 1 ? plan.partial_rows : -1});
        if (parts > 1) plan.partial_rows += rows;
      }
      continue;
    }
    plan.most_heads = std::max<std::int64_t>(plan.most_heads, 1);
    plan.most_rows = std::max(plan.most_rows, std::min(length, block_tokens) * group);
    for (std::int64_t first = 0; first < length; first += block_tokens) {
      const std::int64_t tokens = std::min(block_tokens, length - first);
      for (std::int64_t g = 0; g < p.kv_heads; ++g) plan.tasks.push_back({s, g, 1, first, tokens, 0, context - length + first + tokens});
    }
  }
  return plan;
}

struct PagedScratch {
  RowScratch rows;
  std::vector<float> widened;
};

void merge_parts(const PagedAttention& p, const Merge& merge, const float* sums, const RunningSoftmax* running, float* total, float* out) {
  const std::int64_t group = p.heads / p.kv_heads, width = padded_width(p.v_dim), rows = merge.tokens * p.heads;
  for (std::int64_t r = 0; r < rows; ++r) {
    float largest = -std::numeric_limits<float>::infinity(), sum = 0;
    for (std::int64_t part = 0; part < merge.parts; ++part) largest = std::max(largest, running[merge.partial + part * rows + r].largest);
    std::fill_n(total, width, 0.0f);
    for (std::int64_t part = 0; part < merge.parts; ++part) {
      const std::int64_t row = merge.partial + part * rows + r;
      // A part that a row does not see has sum 0 and -inf as its largest score: weight 0.
      const float weight = std::exp(running[row].largest - largest);
      sum += running[row].sum * weight;
      for (std::int64_t i = 0; i < width; ++i) total[i] += weight * sums[row * width + i];
    }
    const std::int64_t kv_head = r / (merge.tokens * group), in_head = r % (merge.tokens * group);
    float* to = out + ((merge.first_token + in_head / group) * p.heads + kv_head * group + in_head % group) * p.v_dim;
    for (std::int64_t i = 0; i < p.v_dim; ++i) to[i] = total[i] / sum;
  }
}

void paged_forward(const PagedAttention& p, float* out) {
  const std::int64_t group = p.heads / p.kv_heads, qk_dim = p.q[0].width + p.q[1].width, width = padded_width(p.v_dim);
  const PagedPlan work = plan(p);
  std::vector<float> partial_sums(static_cast<std::size_t>(work.partial_rows * width));
  std::vector<RunningSoftmax> partial_running(static_cast<std::size_t>(work.partial_rows));

  const auto make_scratch = [&] {
    const std::int64_t widened = p.type == CacheType::fp32 ? 0 : rows_ahead * work.most_heads * qk_dim;
    return PagedScratch{RowScratch(work.most_heads, work.most_rows, qk_dim, p.v_dim),
                        std::vector<float>(static_cast<std::size_t>(widened))};
  };
  parallel_tasks(static_cast<std::int64_t>(work.tasks.size()), make_scratch, [&](std::int64_t index, PagedScratch& scratch) {
    const PagedTask& task = work.tasks[static_cast<std::size_t>(index)];
    RowScratch& s = scratch.rows;
    const std::int64_t length = p.offsets[task.sequence + 1] - p.offsets[task.sequence],
                       first_token = p.offsets[task.sequence] + task.first;
    const QueryRows rows{task.tokens * group, group, p.context_lengths[task.sequence] - length + task.first};
    for (std::int64_t h = 0; h < task.heads; ++h) {
      for (std::int64_t r = 0; r < rows.count; ++r) {
        float* packed = s.queries.data() + h * s.query_stride + r * qk_dim;
        const std::int64_t head = (task.first_head + h) * group + r % group;
        for (const HeadRows& part : p.q) {
          if (part.width > 0) pack_row(part.width, part.row(first_token + r / group, head), p.scale, packed, part.width);
          packed += part.width;
        }
      }
    }
    s.start(task.heads, rows.count, qk_dim);
    const PageSource source{p, p.page_table + task.sequence * p.table_width, task.first_head, task.heads, qk_dim, scratch.widened.data()};
    for (std::int64_t tile = task.begin; tile < task.end; tile += tile_keys) {
      const std::int64_t count = std::min(tile_keys, task.end - tile);
      source.pack(tile, count, task.end, s.keys.data(), s.values.data());
      for (std::int64_t h = 0; h < task.heads; ++h) {
        attend_tile(rows, tile, count, qk_dim, h, s.values.data() + h * p.v_dim, source.value_ld(), s);
      }
    }
    for (std::int64_t h = 0; h < task.heads; ++h) {
      const float* sums = s.out.data() + h * s.out_stride;
      const RunningSoftmax* running = s.running.data() + h * s.running_stride;
      if (task.partial >= 0) {
        std::copy_n(sums, rows.count * width, partial_sums.data() + (task.partial + h * rows.count) * width);
        std::copy_n(running, rows.count, partial_running.data() + task.partial + h * rows.count);
        continue;
      }
      for (std::int64_t r = 0; r < rows.count; ++r) {
        float* to = out + ((first_token + r / group) * p.heads + (task.first_head + h) * group + r % group) * p.v_dim;
        for (std::int64_t i = 0; i < p.v_dim; ++i) to[i] = sums[r * width + i] / running[r].sum;
      }
    }
  });
  parallel_tasks(
      static_cast<std::int64_t>(work.merges.size()), [&] { return std::vector<float>(static_cast<std::size_t>(width)); },
      [&](std::int64_t index, std::vector<float>& total) {
        merge_parts(p, work.merges[static_cast<std::size_t>(index)], partial_sums.data(), partial_running.data(), total.data(), out);
      });
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(paged_forward);

void paged_attention_forward(const PagedAttention& problem, float* out) { HWY_DYNAMIC_DISPATCH(paged_forward)(problem, out); }

}  // namespace fathom::ops::cpu
#endif
