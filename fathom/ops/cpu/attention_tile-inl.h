// The pieces of attention's inner loops: products of tiles that stay in the first-level caches, packing, and the online
// softmax. Compiled once a target by the files that include it.
#if defined(FATHOM_OPS_CPU_ATTENTION_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FATHOM_OPS_CPU_ATTENTION_TILE_INL_H_
#undef FATHOM_OPS_CPU_ATTENTION_TILE_INL_H_
#else
#define FATHOM_OPS_CPU_ATTENTION_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

constexpr std::int64_t vector_width = hn::MaxLanes(Floats());
// Rows of a product computed together: 8 · 2 accumulators where there are 32 registers, 4 · 2 where there are 16.
constexpr std::int64_t block_rows = vector_width >= 16 ? 8 : 4;
// Keys of a tile.
constexpr std::int64_t tile_keys = 64;

// Widths of packed rows are whole vectors, numbers of packed rows whole row blocks; what is added is zero.
constexpr std::int64_t padded_width(std::int64_t width) { return (width + vector_width - 1) / vector_width * vector_width; }
constexpr std::int64_t padded_rows(std::int64_t rows) { return (rows + block_rows - 1) / block_rows * block_rows; }

template <int Rows, int Vectors, bool accumulate>
HWY_INLINE void block_product_columns(std::int64_t k, const float* HWY_RESTRICT a, std::int64_t a_row, std::int64_t a_column,
                                      const float* HWY_RESTRICT b, std::int64_t ldb, float* HWY_RESTRICT c, std::int64_t ldc) {
  const Floats d;
  FloatVector sums[Rows][Vectors];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) sums[r][v] = accumulate ? hn::LoadU(d, c + r * ldc + v * vector_width) : hn::Zero(d);
  }
  for (std::int64_t i = 0; i < k; ++i) {
    FloatVector right[Vectors];
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) right[v] = hn::LoadU(d, b + i * ldb + v * vector_width);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const FloatVector left = hn::Set(d, a[r * a_row + i * a_column]);
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) sums[r][v] = hn::MulAdd(left, right[v], sums[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) hn::StoreU(sums[r][v], d, c + r * ldc + v * vector_width);
  }
}

// C[0:Rows, 0:n] (+)= A · B over k; A's element (r, i) is a[r * a_row + i * a_column], B's rows are ldb apart.
// n is rounded up to whole vectors: B and C must have room.
template <bool accumulate, int Rows = block_rows>
HWY_INLINE void block_product(std::int64_t n, std::int64_t k, const float* a, std::int64_t a_row, std::int64_t a_column, const float* b,
                              std::int64_t ldb, float* c, std::int64_t ldc) {
  std::int64_t j = 0;
  for (; j + vector_width < n; j += 2 * vector_width)
    block_product_columns<Rows, 2, accumulate>(k, a, a_row, a_column, b + j, ldb, c + j, ldc);
  for (; j < n; j += vector_width) block_product_columns<Rows, 1, accumulate>(k, a, a_row, a_column, b + j, ldb, c + j, ldc);
}

// The same for the first `rows` rows, 1 to block_rows, at the price of as many as pay (decoding has few).
template <bool accumulate>
void few_rows_block_product(std::int64_t rows, std::int64_t n, std::int64_t k, const float* a, std::int64_t a_row, std::int64_t a_column,
                            const float* b, std::int64_t ldb, float* c, std::int64_t ldc) {
  if (rows == 1) return block_product<accumulate, 1>(n, k, a, a_row, a_column, b, ldb, c, ldc);
  if (rows == 2) return block_product<accumulate, 2>(n, k, a, a_row, a_column, b, ldb, c, ldc);
  if (rows <= 4) return block_product<accumulate, 4>(n, k, a, a_row, a_column, b, ldb, c, ldc);
  block_product<accumulate>(n, k, a, a_row, a_column, b, ldb, c, ldc);
}

#if HWY_TARGET != HWY_SCALAR
// to[i * to_stride + j] = from[j * from_stride + i] for a square of 4 · 4.
HWY_INLINE void transpose_square(const float* HWY_RESTRICT from, std::int64_t from_stride, float* HWY_RESTRICT to, std::int64_t to_stride) {
  const hn::CappedTag<float, 4> d;
  const hn::Repartition<double, decltype(d)> pairs;
  const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + from_stride);
  const auto r2 = hn::LoadU(d, from + 2 * from_stride), r3 = hn::LoadU(d, from + 3 * from_stride);
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1)), low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1)), high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * to_stride);
}
#endif

// packed[i, column] = rows[column, i] for `count` rows of `width` values, columns up to `columns` zero. `ld` ≥ columns.
HWY_INLINE void pack_transposed(std::int64_t count, std::int64_t width, const float* HWY_RESTRICT rows, std::int64_t row_stride,
                                float* HWY_RESTRICT packed, std::int64_t ld, std::int64_t columns) {
  std::int64_t squares = 0, square_width = 0;  // what whole squares cover
#if HWY_TARGET != HWY_SCALAR
  squares = count / 4 * 4, square_width = width / 4 * 4;
  // Blocks of 16 · 16 write whole cache lines while they are at hand, and read 16 streams.
  constexpr std::int64_t block = 16;
  for (std::int64_t j0 = 0; j0 < squares; j0 += block) {
    for (std::int64_t i0 = 0; i0 < square_width; i0 += block) {
      const std::int64_t j_end = std::min(j0 + block, squares), i_end = std::min(i0 + block, square_width);
      for (std::int64_t j = j0; j < j_end; j += 4) {
        for (std::int64_t i = i0; i < i_end; i += 4) transpose_square(rows + j * row_stride + i, row_stride, packed + i * ld + j, ld);
      }
    }
  }
#endif
  for (std::int64_t j = 0; j < count; ++j) {
    for (std::int64_t i = j < squares ? square_width : 0; i < width; ++i) packed[i * ld + j] = rows[j * row_stride + i];
  }
  if (count < columns) {
    for (std::int64_t i = 0; i < width; ++i) std::fill(packed + i * ld + count, packed + i * ld + columns, 0.0f);
  }
}

// One row, scaled, filled up with zeros to `ld`.
HWY_INLINE void pack_row(std::int64_t width, const float* HWY_RESTRICT row, float scale, float* HWY_RESTRICT packed, std::int64_t ld) {
  const Floats d;
  const auto factor = hn::Set(d, scale);
  std::int64_t i = 0;
  for (; i + vector_width <= width; i += vector_width) hn::StoreU(hn::Mul(factor, hn::LoadU(d, row + i)), d, packed + i);
  for (; i < width; ++i) packed[i] = scale * row[i];
  for (; i < ld; ++i) packed[i] = 0.0f;
}

// Asks for rows of `width` values ahead of their use: heads of a token lie apart, which hardware does not prefetch well.
HWY_INLINE void prefetch_rows(std::int64_t count, std::int64_t width, const float* rows, std::int64_t row_stride) {
  for (std::int64_t r = 0; r < count; ++r) {
    const float* row = rows + r * row_stride;
    for (std::int64_t i = 0; i < width; i += 16) __builtin_prefetch(row + i, 0, 2);
    __builtin_prefetch(row + width - 1, 0, 2);
  }
}

// e^x for x ≤ 0 to about one unit in the last place; below -87 the result is the smallest normal number.
HWY_INLINE FloatVector exp_of_nonpositive(Floats d, FloatVector x) {
  x = hn::Max(x, hn::Set(d, -87.33654f));
  const auto n = hn::Round(hn::Mul(x, hn::Set(d, 1.44269504f)));
  // ln 2 in two parts, so that the remainder is exact.
  auto r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  auto p = hn::MulAdd(r, hn::Set(d, 1.0f / 720), hn::Set(d, 1.0f / 120));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f / 24));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f / 6));
  p = hn::MulAdd(p, r, hn::Set(d, 0.5f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  const hn::RebindToSigned<Floats> di;
  const auto exponent = hn::ShiftLeft<23>(hn::Add(hn::ConvertTo(di, n), hn::Set(di, 127)));
  return hn::Mul(p, hn::BitCast(d, exponent));
}

// The running softmax of one query row (Milakov & Gimelshein 2018): largest score so far, and the sum of e^(score - largest).
struct RunningSoftmax {
  float largest = -std::numeric_limits<float>::infinity();
  float sum = 0;
};

// Turns the first `visible` scores into e^(score - largest), zeros the rest up to `columns` (whole vectors), updates the
// running values and returns the factor by which everything summed so far has to be multiplied. visible ≥ 1.
HWY_INLINE float softmax_step(float* HWY_RESTRICT scores, std::int64_t visible, std::int64_t columns, RunningSoftmax& running) {
  const Floats d;
  const auto lowest = hn::Set(d, -std::numeric_limits<float>::infinity());
  auto high = lowest;
  std::int64_t j = 0;
  for (; j + vector_width <= visible; j += vector_width) high = hn::Max(high, hn::LoadU(d, scores + j));
  if (j < visible) {
    const auto seen = hn::FirstN(d, static_cast<std::size_t>(visible - j));
    high = hn::Max(high, hn::IfThenElse(seen, hn::LoadU(d, scores + j), lowest));
  }
  const float largest = std::max(running.largest, hn::GetLane(hn::MaxOfLanes(d, high)));
  const auto shift = hn::Set(d, largest);
  auto sum = hn::Zero(d);
  for (j = 0; j + vector_width <= visible; j += vector_width) {
    const auto p = exp_of_nonpositive(d, hn::Sub(hn::LoadU(d, scores + j), shift));
    hn::StoreU(p, d, scores + j);
    sum = hn::Add(sum, p);
  }
  if (j < visible) {
    const auto seen = hn::FirstN(d, static_cast<std::size_t>(visible - j));
    const auto p = hn::IfThenElseZero(seen, exp_of_nonpositive(d, hn::Sub(hn::LoadU(d, scores + j), shift)));
    hn::StoreU(p, d, scores + j);
    sum = hn::Add(sum, p);
    j += vector_width;
  }
  for (; j < columns; j += vector_width) hn::StoreU(hn::Zero(d), d, scores + j);
  const float factor = running.largest == largest ? 1.0f : hn::GetLane(exp_of_nonpositive(d, hn::Set(d, running.largest - largest)));
  running.largest = largest;
  running.sum = running.sum * factor + hn::GetLane(hn::SumOfLanes(d, sum));
  return factor;
}

HWY_INLINE void scale_row(float* HWY_RESTRICT row, std::int64_t width, float factor) {
  const Floats d;
  const auto by = hn::Set(d, factor);
  for (std::int64_t i = 0; i < width; i += vector_width) hn::StoreU(hn::Mul(by, hn::LoadU(d, row + i)), d, row + i);
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
