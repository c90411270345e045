#include "fathom/ops/cpu/gemv.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/gemv.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Outputs computed together for R rows: R · J accumulators must fit the registers beside the operands.
template <int R>
constexpr int outputs_together() {
  constexpr int registers = hn::MaxLanes(hn::ScalableTag<float>()) >= 16 ? 16 : 8;
  return std::clamp(registers / R, 1, 4);
}

template <int R, int J>
HWY_INLINE void product_block(std::int64_t in, const float* HWY_RESTRICT x, std::int64_t ldx, const float* HWY_RESTRICT w, std::int64_t ldw,
                              const float* bias, float* HWY_RESTRICT y, std::int64_t ldy) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  constexpr std::int64_t lanes = hn::MaxLanes(d);
  V sums[R][J];
  for (int r = 0; r < R; ++r) {
    for (int j = 0; j < J; ++j) sums[r][j] = hn::Zero(d);
  }
  std::int64_t i = 0;
  for (; i + lanes <= in; i += lanes) {
    V weights[J];
    for (int j = 0; j < J; ++j) weights[j] = hn::LoadU(d, w + j * ldw + i);
    for (int r = 0; r < R; ++r) {
      const V values = hn::LoadU(d, x + r * ldx + i);
      for (int j = 0; j < J; ++j) sums[r][j] = hn::MulAdd(values, weights[j], sums[r][j]);
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int j = 0; j < J; ++j) {
      float sum = hn::GetLane(hn::SumOfLanes(d, sums[r][j]));
      for (std::int64_t tail = i; tail < in; ++tail) sum += x[r * ldx + tail] * w[j * ldw + tail];
      y[r * ldy + j] = bias == nullptr ? sum : sum + bias[j];
    }
  }
}

template <int R>
void product_rows(std::int64_t out, std::int64_t in, const float* x, std::int64_t ldx, const float* w, std::int64_t ldw, const float* bias,
                  float* y, std::int64_t ldy) {
  constexpr int J = outputs_together<R>();
  std::int64_t o = 0;
  for (; o + J <= out; o += J) product_block<R, J>(in, x, ldx, w + o * ldw, ldw, bias == nullptr ? nullptr : bias + o, y + o, ldy);
  for (; o < out; ++o) product_block<R, 1>(in, x, ldx, w + o * ldw, ldw, bias == nullptr ? nullptr : bias + o, y + o, ldy);
}

void few_rows(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x, std::int64_t ldx, const float* w, std::int64_t ldw,
              const float* bias, float* y, std::int64_t ldy) {
  switch (rows) {
    case 1: return product_rows<1>(out, in, x, ldx, w, ldw, bias, y, ldy);
    case 2: return product_rows<2>(out, in, x, ldx, w, ldw, bias, y, ldy);
    case 3: return product_rows<3>(out, in, x, ldx, w, ldw, bias, y, ldy);
    case 4: return product_rows<4>(out, in, x, ldx, w, ldw, bias, y, ldy);
    case 5: return product_rows<5>(out, in, x, ldx, w, ldw, bias, y, ldy);
    case 6: return product_rows<6>(out, in, x, ldx, w, ldw, bias, y, ldy);
    case 7: return product_rows<7>(out, in, x, ldx, w, ldw, bias, y, ldy);
    case 8: return product_rows<8>(out, in, x, ldx, w, ldw, bias, y, ldy);
    default: return;
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(few_rows);

void few_rows_product(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x, std::int64_t ldx, const float* weight,
                      std::int64_t ldw, const float* bias, float* y, std::int64_t ldy) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(few_rows);
  constexpr std::int64_t block = 8;                       // whole blocks a thread, so that only the last has leftover outputs
  const std::int64_t blocks = (out + block - 1) / block;
  // A thread is worth waking for about 64 KiB of weights.
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, in * block));
  at::parallel_for(0, blocks, grain, [&](std::int64_t first, std::int64_t last) {
    const std::int64_t begin = first * block, end = std::min(out, last * block);
    kernel(rows, end - begin, in, x, ldx, weight + begin * ldw, ldw, bias == nullptr ? nullptr : bias + begin, y + begin, ldy);
  });
}

}  // namespace fathom::ops::cpu
#endif
