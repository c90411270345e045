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

// Where few queries meet a long context, parts of this many keys are separate tasks. The cut depends on the sequence
// alone, never on the batch or the threads, so that a sequence's result does not change with its company.
constexpr std::int64_t part_keys = 256;
constexpr std::int64_t part_queries = 8;

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

// The cache as one sequence and key-value head sees it.
struct PageSource {
  const PagedAttention& p;
  const std::int32_t* table;
  std::int64_t key_column, value_column, qk_dim;
  float* widened;  // [tile_keys, qk_dim + v_dim] where the cache is not fp32

  std::int64_t row(std::int64_t position) const { return (table[position / p.page_size] * p.page_size + position % p.page_size) * p.row_width; }

  void widen(std::int64_t offset, std::int64_t width, float* to) const {
    if (p.type == CacheType::bf16) {
      widen_row<hwy::bfloat16_t>(p.pages, offset, width, to);
    } else {
      widen_row<hwy::float16_t>(p.pages, offset, width, to);
    }
  }

  ValueTile pack(std::int64_t begin, std::int64_t count, float* keys, float* values) const {
    const std::int64_t ld = padded_width(p.v_dim);
    if (p.type == CacheType::fp32) {
      const float* pages = static_cast<const float*>(p.pages);
      for (std::int64_t done = 0; done < count;) {
        // The rest of a page lies in consecutive rows.
        const std::int64_t rows = std::min(count - done, p.page_size - (begin + done) % p.page_size);
        const float* first = pages + row(begin + done);
        const bool final = done + rows == count;
        pack_transposed(rows, qk_dim, first + key_column, p.row_width, keys + done, tile_keys, final ? padded_width(count) - done : rows);
        for (std::int64_t i = 0; i < rows; ++i) pack_row(p.v_dim, first + i * p.row_width + value_column, 1.0f, values + (done + i) * ld, ld);
        done += rows;
      }
    } else {
      for (std::int64_t i = 0; i < count; ++i) {
        widen(row(begin + i) + key_column, qk_dim, widened + i * qk_dim);
        widen(row(begin + i) + value_column, p.v_dim, values + i * ld);
        std::fill(values + i * ld + p.v_dim, values + (i + 1) * ld, 0.0f);
      }
      pack_transposed(count, qk_dim, widened, qk_dim, keys, tile_keys, padded_width(count));
    }
    return {values, ld};
  }
};

// Some query tokens of a sequence against a part of its keys.
struct PagedTask {
  std::int64_t sequence, kv_head, first, tokens, begin, end;
  // Where parts of the same queries leave their sums: index of the first row in the partial results, or -1 if there is one part.
  std::int64_t partial = -1;
};

// Queries of a sequence whose parts have to be put together.
struct Merge {
  std::int64_t first_token, tokens, kv_head, parts, partial;
};

struct PagedScratch {
  RowScratch rows;
  std::vector<float> widened;
};

void paged_forward(const PagedAttention& p, float* out) {
  const std::int64_t group = p.heads / p.kv_heads, block_tokens = std::max<std::int64_t>(1, 128 / group);
  const std::int64_t qk_dim = p.q[0].width + p.q[1].width, width = padded_width(p.v_dim);
  std::vector<PagedTask> tasks;
  std::vector<Merge> merges;
  std::int64_t partial_rows = 0;
  for (std::int64_t s = 0; s < p.sequences; ++s) {
    const std::int64_t length = p.offsets[s + 1] - p.offsets[s], context = p.context_lengths[s];
    const std::int64_t before = context - length;
    for (std::int64_t g = 0; g < p.kv_heads; ++g) {
      for (std::int64_t first = 0; first < length; first += block_tokens) {
        const std::int64_t tokens = std::min(block_tokens, length - first), end = before + first + tokens;
        const std::int64_t parts = length <= part_queries ? (end + part_keys - 1) / part_keys : 1;
        if (parts == 1) {
          tasks.push_back({s, g, first, tokens, 0, end});
          continue;
        }
        merges.push_back({p.offsets[s] + first, tokens, g, parts, partial_rows});
        for (std::int64_t part = 0; part < parts; ++part, partial_rows += tokens * group) {
          tasks.push_back({s, g, first, tokens, part * part_keys, std::min(end, (part + 1) * part_keys), partial_rows});
        }
      }
    }
  }
  std::vector<float> partial_out(static_cast<std::size_t>(partial_rows * width));
  std::vector<RunningSoftmax> partial_running(static_cast<std::size_t>(partial_rows));

  std::int64_t most_rows = 0;
  for (const PagedTask& task : tasks) most_rows = std::max(most_rows, task.tokens * group);
  const auto make_scratch = [&] {
    const std::int64_t widened = p.type == CacheType::fp32 ? 0 : tile_keys * qk_dim;
    return PagedScratch{RowScratch(most_rows, qk_dim, p.v_dim), std::vector<float>(static_cast<std::size_t>(widened))};
  };
  parallel_tasks(static_cast<std::int64_t>(tasks.size()), make_scratch, [&](std::int64_t index, PagedScratch& scratch) {
    const PagedTask& task = tasks[static_cast<std::size_t>(index)];
    const std::int64_t s = task.sequence, first_token = p.offsets[s] + task.first, first_head = task.kv_head * group;
    const QueryRows rows{task.tokens * group, group, p.context_lengths[s] - (p.offsets[s + 1] - p.offsets[s]) + task.first};
    for (std::int64_t r = 0; r < rows.count; ++r) {
      float* packed = scratch.rows.queries() + r * qk_dim;
      for (const HeadRows& part : p.q) {
        if (part.width > 0) pack_row(part.width, part.row(first_token + r / group, first_head + r % group), p.scale, packed, part.width);
        packed += part.width;
      }
    }
    const PageSource source{p, p.page_table + s * p.table_width, task.kv_head * qk_dim, p.values_offset + task.kv_head * p.v_dim, qk_dim,
                            scratch.widened.data()};
    attend_rows(rows, task.begin, task.end, qk_dim, p.v_dim, source, scratch.rows);
    if (task.partial >= 0) {
      std::copy_n(scratch.rows.out(), rows.count * width, partial_out.data() + task.partial * width);
      std::copy_n(scratch.rows.running(), rows.count, partial_running.data() + task.partial);
      return;
    }
    for (std::int64_t r = 0; r < rows.count; ++r) {
      scale_row(scratch.rows.out() + r * width, width, 1.0f / scratch.rows.running()[r].sum);
      const std::int64_t place = (first_token + r / group) * p.heads + first_head + r % group;
      std::copy_n(scratch.rows.out() + r * width, p.v_dim, out + place * p.v_dim);
    }
  });

  parallel_tasks(static_cast<std::int64_t>(merges.size()), [&] { return std::vector<float>(static_cast<std::size_t>(width)); },
                 [&](std::int64_t index, std::vector<float>& total) {
    const Merge& merge = merges[static_cast<std::size_t>(index)];
    const std::int64_t rows = merge.tokens * group;
    for (std::int64_t r = 0; r < rows; ++r) {
      float largest = -std::numeric_limits<float>::infinity(), sum = 0;
      for (std::int64_t part = 0; part < merge.parts; ++part) {
        largest = std::max(largest, partial_running[static_cast<std::size_t>(merge.partial + part * rows + r)].largest);
      }
      std::fill(total.begin(), total.end(), 0.0f);
      for (std::int64_t part = 0; part < merge.parts; ++part) {
        const std::int64_t row = merge.partial + part * rows + r;
        const RunningSoftmax& running = partial_running[static_cast<std::size_t>(row)];
        // A part that a row does not see has sum 0 and -inf as its largest score: weight 0.
        const float weight = std::exp(running.largest - largest);
        sum += running.sum * weight;
        for (std::int64_t i = 0; i < width; ++i) total[static_cast<std::size_t>(i)] += weight * partial_out[static_cast<std::size_t>(row * width + i)];
      }
      float* to = out + ((merge.first_token + r / group) * p.heads + merge.kv_head * group + r % group) * p.v_dim;
      for (std::int64_t i = 0; i < p.v_dim; ++i) to[i] = total[static_cast<std::size_t>(i)] / sum;
    }
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
