#include "fathom/ops/cpu/gemv.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/gemv.cpp"
#include <hwy/aligned_allocator.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Rows that share one pass over the weights; their products with J outputs are summed in registers.
constexpr std::int64_t group_rows = 8;

constexpr std::int64_t lanes() { return hn::MaxLanes(hn::ScalableTag<float>()); }

// How R rows meet the weights: J outputs together over U vectors of each in turn, in R · J · U accumulators that must fit the
// registers beside the operands. One or two rows leave registers for a single stream of weights, which memory likes best.
template <int R>
struct Shape {
  static constexpr int registers = lanes() >= 16 ? 24 : 8;
  static constexpr int outputs = R <= 2 ? 1 : std::clamp(registers / R, 1, 4);
  static constexpr int unroll = R <= 2 ? 4 : 1;
};

std::int64_t packed_size(std::int64_t rows, std::int64_t in) { return rows * ((in + lanes() - 1) / lanes() * lanes()); }

// Lays the rows of a group side by side, a vector of each in turn, the last one filled up with zeros: one stream instead of
// one a row, whose distance (often a multiple of 4 KiB) would make them evict each other from the first-level cache.
void pack_rows(std::int64_t rows, std::int64_t in, const float* x, std::int64_t ldx, float* packed) {
  for (std::int64_t first = 0; first < rows; first += group_rows) {
    const std::int64_t group = std::min(group_rows, rows - first);
    for (std::int64_t i = 0; i < in; i += lanes()) {
      const std::int64_t width = std::min(lanes(), in - i);
      for (std::int64_t r = first; r < first + group; ++r, packed += lanes()) {
        std::copy_n(x + r * ldx + i, width, packed);
        std::fill(packed + width, packed + lanes(), 0.0f);
      }
    }
  }
}

template <int R, int J, int U>
HWY_INLINE void product_block(std::int64_t in, const float* HWY_RESTRICT x, const float* HWY_RESTRICT w, std::int64_t ldw,
                              const float* bias, float* HWY_RESTRICT y, std::int64_t ldy) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  V sums[U][R][J];
  for (int u = 0; u < U; ++u) {
    for (int r = 0; r < R; ++r) {
      for (int j = 0; j < J; ++j) sums[u][r][j] = hn::Zero(d);
    }
  }
  const auto step = [&](V(&into)[R][J], const float* values, const float* weights, std::int64_t stride) HWY_ATTR {
    V loaded[J];
    for (int j = 0; j < J; ++j) loaded[j] = hn::LoadU(d, weights + j * stride);
    for (int r = 0; r < R; ++r) {
      const V value = hn::LoadU(d, values + r * lanes());
      for (int j = 0; j < J; ++j) into[r][j] = hn::MulAdd(value, loaded[j], into[r][j]);
    }
  };
  std::int64_t i = 0;
  for (; i + U * lanes() <= in; i += U * lanes()) {
    for (int u = 0; u < U; ++u) step(sums[u], x + (i + u * lanes()) * R, w + i + u * lanes(), ldw);
  }
  for (; i + lanes() <= in; i += lanes()) step(sums[0], x + i * R, w + i, ldw);
  if (i < in) {
    float tail[J * lanes()] = {};
    for (int j = 0; j < J; ++j) std::copy_n(w + j * ldw + i, in - i, tail + j * lanes());
    step(sums[0], x + i * R, tail, lanes());
  }
  for (int r = 0; r < R; ++r) {
    for (int j = 0; j < J; ++j) {
      for (int u = 1; u < U; ++u) sums[0][r][j] = hn::Add(sums[0][r][j], sums[u][r][j]);
      const float sum = hn::GetLane(hn::SumOfLanes(d, sums[0][r][j]));
      y[r * ldy + j] = bias == nullptr ? sum : sum + bias[j];
    }
  }
}

template <int R>
void product_rows(std::int64_t out, std::int64_t in, const float* x, const float* w, std::int64_t ldw, const float* bias, float* y,
                  std::int64_t ldy) {
  constexpr int J = Shape<R>::outputs, U = Shape<R>::unroll;
  std::int64_t o = 0;
  for (; o + J <= out; o += J) product_block<R, J, U>(in, x, w + o * ldw, ldw, bias == nullptr ? nullptr : bias + o, y + o, ldy);
  for (; o < out; ++o) product_block<R, 1, U>(in, x, w + o * ldw, ldw, bias == nullptr ? nullptr : bias + o, y + o, ldy);
}

void group_product(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x, const float* w, std::int64_t ldw,
                   const float* bias, float* y, std::int64_t ldy) {
  switch (rows) {
    case 1: return product_rows<1>(out, in, x, w, ldw, bias, y, ldy);
    case 2: return product_rows<2>(out, in, x, w, ldw, bias, y, ldy);
    case 3: return product_rows<3>(out, in, x, w, ldw, bias, y, ldy);
    case 4: return product_rows<4>(out, in, x, w, ldw, bias, y, ldy);
    case 5: return product_rows<5>(out, in, x, w, ldw, bias, y, ldy);
    case 6: return product_rows<6>(out, in, x, w, ldw, bias, y, ldy);
    case 7: return product_rows<7>(out, in, x, w, ldw, bias, y, ldy);
    default: return product_rows<8>(out, in, x, w, ldw, bias, y, ldy);
  }
}

// All rows with a part of the outputs: blocks of weights small enough for the second-level cache meet every group of rows.
void few_rows(std::int64_t rows, std::int64_t out, std::int64_t in, const float* packed, const float* w, std::int64_t ldw,
              const float* bias, float* y, std::int64_t ldy) {
  const std::int64_t padded = packed_size(1, in);
  const std::int64_t block = rows <= group_rows ? out : std::max<std::int64_t>(12, 65536 / padded / 12 * 12);
  for (std::int64_t o = 0; o < out; o += block) {
    for (std::int64_t r = 0; r < rows; r += group_rows) {
      group_product(std::min(group_rows, rows - r), std::min(block, out - o), in, packed + r * padded, w + o * ldw, ldw,
                    bias == nullptr ? nullptr : bias + o, y + r * ldy + o, ldy);
    }
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(packed_size);
HWY_EXPORT(pack_rows);
HWY_EXPORT(few_rows);

void few_rows_product(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x, std::int64_t ldx, const float* weight,
                      std::int64_t ldw, const float* bias, float* y, std::int64_t ldy) {
  if (rows <= 0 || out <= 0) return;
  const auto kernel = HWY_DYNAMIC_DISPATCH(few_rows);
  const auto packed = hwy::AllocateAligned<float>(static_cast<std::size_t>(HWY_DYNAMIC_DISPATCH(packed_size)(rows, in)) + 1);
  HWY_DYNAMIC_DISPATCH(pack_rows)(rows, in, x, ldx, packed.get());
  constexpr std::int64_t block = 12;  // whole blocks a thread, so that only the last has leftover outputs
  const std::int64_t blocks = (out + block - 1) / block;
  // Below about 10 µs of work a second thread is not worth waking.
  const std::int64_t grain = std::max<std::int64_t>(1, 100'000 / std::max<std::int64_t>(1, in * block * rows));
  at::parallel_for(0, blocks, grain, [&](std::int64_t first, std::int64_t last) {
    const std::int64_t begin = first * block, end = std::min(out, last * block);
    kernel(rows, end - begin, in, packed.get(), weight + begin * ldw, ldw, bias == nullptr ? nullptr : bias + begin, y + begin, ldy);
  });
}

}  // namespace fathom::ops::cpu
#endif
