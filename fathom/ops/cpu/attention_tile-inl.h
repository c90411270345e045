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

template <int Vectors, bool accumulate>
HWY_INLINE void block_product_columns(std::int64_t k, const float* HWY_RESTRICT a, std::int64_t a_row, std::int64_t a_column,
                                const float* HWY_RESTRICT b, std::int64_t ldb, float* HWY_RESTRICT c, std::int64_t ldc) {
  const Floats d;
  FloatVector sums[block_rows][Vectors];
#pragma GCC unroll 8
  for (int r = 0; r < block_rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) sums[r][v] = accumulate ? hn::LoadU(d, c + r * ldc + v * vector_width) : hn::Zero(d);
  }
  for (std::int64_t i = 0; i < k; ++i) {
    FloatVector right[Vectors];
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) right[v] = hn::LoadU(d, b + i * ldb + v * vector_width);
#pragma GCC unroll 8
    for (int r = 0; r < block_rows; ++r) {
      const FloatVector left = hn::Set(d, a[r * a_row + i * a_column]);
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) sums[r][v] = hn::MulAdd(left, right[v], sums[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < block_rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) hn::StoreU(sums[r][v], d, c + r * ldc + v * vector_width);
  }
}

// C[0:block_rows, 0:n] (+)= A · B over k; A's element (r, i) is a[r * a_row + i * a_column], B's rows are ldb apart.
// n is rounded up to whole vectors: B and C must have room.
template <bool accumulate>
HWY_INLINE void block_product(std::int64_t n, std::int64_t k, const float* a, std::int64_t a_row, std::int64_t a_column, const float* b,
                             std::int64_t ldb, float* c, std::int64_t ldc) {
  std::int64_t j = 0;
  for (; j + vector_width < n; j += 2 * vector_width) block_product_columns<2, accumulate>(k, a, a_row, a_column, b + j, ldb, c + j, ldc);
  for (; j < n; j += vector_width) block_product_columns<1, accumulate>(k, a, a_row, a_column, b + j, ldb, c + j, ldc);
}

// packed[i, column] = rows[column, i] for `count` rows of `width` values, columns up to `columns` zero. `ld` ≥ columns.
HWY_INLINE void pack_transposed(std::int64_t count, std::int64_t width, const float* HWY_RESTRICT rows, std::int64_t row_stride,
                                float* HWY_RESTRICT packed, std::int64_t ld, std::int64_t columns) {
  std::int64_t j = 0;
#if HWY_TARGET != HWY_SCALAR
  // 4 · 4 squares at a time.
  const hn::CappedTag<float, 4> d4;
  const hn::Repartition<double, decltype(d4)> pairs;
  for (; j + 4 <= count; j += 4) {
    const float* r = rows + j * row_stride;
    std::int64_t i = 0;
    for (; i + 4 <= width; i += 4) {
      const auto r0 = hn::LoadU(d4, r + i), r1 = hn::LoadU(d4, r + row_stride + i);
      const auto r2 = hn::LoadU(d4, r + 2 * row_stride + i), r3 = hn::LoadU(d4, r + 3 * row_stride + i);
      const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d4, r0, r1)), low23 = hn::BitCast(pairs, hn::InterleaveLower(d4, r2, r3));
      const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d4, r0, r1)), high23 = hn::BitCast(pairs, hn::InterleaveUpper(d4, r2, r3));
      hn::StoreU(hn::BitCast(d4, hn::InterleaveLower(pairs, low01, low23)), d4, packed + i * ld + j);
      hn::StoreU(hn::BitCast(d4, hn::InterleaveUpper(pairs, low01, low23)), d4, packed + (i + 1) * ld + j);
      hn::StoreU(hn::BitCast(d4, hn::InterleaveLower(pairs, high01, high23)), d4, packed + (i + 2) * ld + j);
      hn::StoreU(hn::BitCast(d4, hn::InterleaveUpper(pairs, high01, high23)), d4, packed + (i + 3) * ld + j);
    }
    for (; i < width; ++i) {
      for (std::int64_t row = 0; row < 4; ++row) packed[i * ld + j + row] = r[row * row_stride + i];
    }
  }
#endif
  for (; j < count; ++j) {
    for (std::int64_t i = 0; i < width; ++i) packed[i * ld + j] = rows[j * row_stride + i];
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
