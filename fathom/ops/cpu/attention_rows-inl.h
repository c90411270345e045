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

// Where a tile's values lie: rows of `ld`, whole vectors readable.
struct ValueTile {
  const float* data;
  std::int64_t ld;
};

// Rows of queries: row r is head r % group of token r / group, standing at position first_position + r / group. It sees the
// keys at positions up to its own.
struct QueryRows {
  std::int64_t count, group, first_position;

  std::int64_t position(std::int64_t row) const { return first_position + row / group; }
};

// One worker's buffers, for blocks of up to `rows` rows.
class RowScratch {
 public:
  RowScratch(std::int64_t rows, std::int64_t qk_dim, std::int64_t v_dim)
      : queries_(static_cast<std::size_t>(padded_rows(rows) * qk_dim)),
        keys_(static_cast<std::size_t>(qk_dim * tile_keys)),
        values_(static_cast<std::size_t>(tile_keys * padded_width(v_dim))),
        scores_(static_cast<std::size_t>(block_rows * tile_keys)),
        out_(static_cast<std::size_t>(padded_rows(rows) * padded_width(v_dim))),
        running_(static_cast<std::size_t>(padded_rows(rows))) {}

  float* queries() { return queries_.data(); }  // [padded_rows, qk_dim], scaled
  float* keys() { return keys_.data(); }        // [qk_dim, tile_keys]
  float* values() { return values_.data(); }    // [tile_keys, padded_width(v_dim)]
  float* scores() { return scores_.data(); }    // [block_rows, tile_keys]
  float* out() { return out_.data(); }          // [padded_rows, padded_width(v_dim)], not yet divided by the sum
  RunningSoftmax* running() { return running_.data(); }

 private:
  std::vector<float> queries_, keys_, values_, scores_, out_;
  std::vector<RunningSoftmax> running_;
};

// Attends the packed queries of `scratch` to keys [begin, end) of `source`, leaving sums in scratch.out() and .running().
// source.pack(begin, count, keys, values) fills keys [qk_dim, tile_keys] transposed and returns the tile's values.
template <typename Source>
void attend_rows(const QueryRows& rows, std::int64_t begin, std::int64_t end, std::int64_t qk_dim, std::int64_t v_dim,
                 const Source& source, RowScratch& scratch) {
  const std::int64_t width = padded_width(v_dim), blocks = padded_rows(rows.count);
  std::fill(scratch.queries() + rows.count * qk_dim, scratch.queries() + blocks * qk_dim, 0.0f);
  std::fill(scratch.out(), scratch.out() + blocks * width, 0.0f);
  std::fill(scratch.running(), scratch.running() + blocks, RunningSoftmax());
  end = std::min(end, rows.position(rows.count - 1) + 1);
  for (std::int64_t tile = begin; tile < end; tile += tile_keys) {
    const std::int64_t count = std::min(tile_keys, end - tile);
    const ValueTile values = source.pack(tile, count, scratch.keys(), scratch.values());
    for (std::int64_t first = 0; first < rows.count; first += block_rows) {
      const std::int64_t last = std::min(first + block_rows, rows.count) - 1;
      const std::int64_t columns = std::min(count, rows.position(last) + 1 - tile);
      if (columns <= 0) continue;
      float* scores = scratch.scores();
      block_product<false>(columns, qk_dim, scratch.queries() + first * qk_dim, qk_dim, 1, scratch.keys(), tile_keys, scores, tile_keys);
      for (std::int64_t row = first; row < first + block_rows; ++row, scores += tile_keys) {
        const std::int64_t visible = row > last ? 0 : std::min(columns, rows.position(row) + 1 - tile);
        if (visible <= 0) {
          std::fill(scores, scores + padded_width(columns), 0.0f);
          continue;
        }
        const float factor = softmax_step(scores, visible, columns, scratch.running()[row]);
        if (factor != 1.0f) scale_row(scratch.out() + row * width, width, factor);
      }
      block_product<true>(width, columns, scratch.scores(), tile_keys, 1, values.data, values.ld, scratch.out() + first * width, width);
    }
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
