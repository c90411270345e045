// The forward pass of attention for a block of query rows that share their keys (flash attention, Dao et al. 2022, on tiles
// that fit the first two cache levels). Training, prefill and decoding differ in where tiles of keys come from.
#if defined(FATHOM_OPS_CPU_ATTENTION_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FATHOM_OPS_CPU_ATTENTION_ROWS_INL_H_
#undef FATHOM_OPS_CPU_ATTENTION_ROWS_INL_H_
#else
#define FATHOM_OPS_CPU_ATTENTION_ROWS_INL_H_
#endif

#include <vector>

#include "fathom/ops/cpu/attention_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

// Rows of queries: row r is head r % group of token r / group, standing at position first_position + r / group. It sees the
// keys at positions up to its own.
struct QueryRows {
  std::int64_t count, group, first_position;

  std::int64_t position(std::int64_t row) const { return first_position + row / group; }
};

// One worker's buffers, for blocks of up to `rows` rows of each of `heads` key-value heads. Everything of one head lies
// together: head h starts at h times the stride.
class RowScratch {
 public:
  RowScratch(std::int64_t heads, std::int64_t rows, std::int64_t qk_dim, std::int64_t v_dim)
      : query_stride(padded_rows(rows) * qk_dim),
        key_stride(qk_dim * tile_keys),
        out_width(padded_width(v_dim)),
        out_stride(padded_rows(rows) * out_width),
        running_stride(padded_rows(rows)),
        queries(static_cast<std::size_t>(heads * query_stride)),
        keys(static_cast<std::size_t>(heads * key_stride)),
        values(static_cast<std::size_t>(tile_keys * (padded_width(heads * v_dim) + vector_width))),
        scores(static_cast<std::size_t>(block_rows * tile_keys)),
        out(static_cast<std::size_t>(heads * out_stride)),
        running(static_cast<std::size_t>(heads * running_stride)) {}

  // Before the first tile of `rows` rows of `heads` heads, after their queries were packed.
  void start(std::int64_t heads, std::int64_t rows, std::int64_t qk_dim) {
    for (std::int64_t h = 0; h < heads; ++h) {
      float* q = queries.data() + h * query_stride;
      std::fill(q + rows * qk_dim, q + padded_rows(rows) * qk_dim, 0.0f);
      std::fill_n(out.data() + h * out_stride, padded_rows(rows) * out_width, 0.0f);
      std::fill_n(running.data() + h * running_stride, rows, RunningSoftmax());
    }
  }

  std::int64_t query_stride, key_stride, out_width, out_stride, running_stride;
  std::vector<float> queries;  // each head [padded_rows, qk_dim], scaled
  std::vector<float> keys;     // each head [qk_dim, tile_keys]
  std::vector<float> values;   // room for [tile_keys, heads · v_dim] and a vector more in each row
  std::vector<float> scores;   // [block_rows, tile_keys]
  std::vector<float> out;      // each head [padded_rows, out_width], not yet divided by the running sum
  std::vector<RunningSoftmax> running;
};

// Takes `count` packed keys from position `tile` on into the sums of the rows of head `h` in `scratch`.
// `values`: the head's values, rows of `value_ld`, whole vectors readable.
HWY_INLINE void attend_tile(const QueryRows& rows, std::int64_t tile, std::int64_t count, std::int64_t qk_dim, std::int64_t h,
                            const float* values, std::int64_t value_ld, RowScratch& scratch) {
  const float* queries = scratch.queries.data() + h * scratch.query_stride;
  const float* keys = scratch.keys.data() + h * scratch.key_stride;
  float* out = scratch.out.data() + h * scratch.out_stride;
  RunningSoftmax* running = scratch.running.data() + h * scratch.running_stride;
  const std::int64_t width = scratch.out_width;
  for (std::int64_t first = 0; first < rows.count; first += block_rows) {
    const std::int64_t last = std::min(first + block_rows, rows.count) - 1;
    const std::int64_t columns = std::min(count, rows.position(last) + 1 - tile);
    if (columns <= 0) continue;
    float* scores = scratch.scores.data();
    few_rows_block_product<false>(last + 1 - first, columns, qk_dim, queries + first * qk_dim, qk_dim, 1, keys, tile_keys, scores,
                                  tile_keys);
    for (std::int64_t row = first; row < first + block_rows; ++row, scores += tile_keys) {
      const std::int64_t visible = row > last ? 0 : std::min(columns, rows.position(row) + 1 - tile);
      if (visible <= 0) {
        std::fill(scores, scores + padded_width(columns), 0.0f);
        continue;
      }
      const float factor = softmax_step(scores, visible, columns, running[row]);
      if (factor != 1.0f) scale_row(out + row * width, width, factor);
    }
    few_rows_block_product<true>(last + 1 - first, width, columns, scratch.scores.data(), tile_keys, 1, values, value_ld,
                                 out + first * width, width);
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
