#include "fathom/ops/cpu/swiglu.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/swiglu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/ops/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

void forward_kernel(std::int64_t rows, std::int64_t width, const float* gate_up, std::int64_t stride, const float* factors, float* y) {
  const FloatTag d;
  for (std::int64_t row = 0; row < rows; ++row, gate_up += stride, y += width) {
    const FloatVec factor = hn::Set(d, factors == nullptr ? 1.0f : factors[row]);
    for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
      const FloatVec gate = access.load(gate_up + i), up = access.load(gate_up + width + i);
      access.store(hn::Mul(hn::Mul(hn::Mul(gate, sigmoid(gate)), up), factor), y + i);
    });
  }
}

void backward_kernel(std::int64_t rows, std::int64_t width, const float* gate_up, std::int64_t stride, const float* grad_y,
                     const float* factors, float* grad) {
  const FloatTag d;
  const FloatVec one = hn::Set(d, 1.0f);
  for (std::int64_t row = 0; row < rows; ++row, gate_up += stride, grad_y += width, grad += 2 * width) {
    const FloatVec factor = hn::Set(d, factors == nullptr ? 1.0f : factors[row]);
    for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
      const FloatVec gate = access.load(gate_up + i), up = access.load(gate_up + width + i);
      const FloatVec g = hn::Mul(access.load(grad_y + i), factor), s = sigmoid(gate);
      // silu' = σ · (1 + gate · (1 - σ))
      const FloatVec slope = hn::Mul(s, hn::MulAdd(gate, hn::Sub(one, s), one));
      access.store(hn::Mul(hn::Mul(g, up), slope), grad + i);
      access.store(hn::Mul(g, hn::Mul(gate, s)), grad + width + i);
    });
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(forward_kernel);
HWY_EXPORT(backward_kernel);

namespace {

// Rows worth a thread of their own: about 8 k elements.
std::int64_t row_grain(std::int64_t width) { return std::max<std::int64_t>(1, 8192 / std::max<std::int64_t>(1, width)); }

}  // namespace

void swiglu_rows(std::int64_t rows, std::int64_t width, const float* gate_up, std::int64_t stride, const float* factors, float* y) {
  HWY_DYNAMIC_DISPATCH(forward_kernel)(rows, width, gate_up, stride, factors, y);
}

void swiglu_backward_rows(std::int64_t rows, std::int64_t width, const float* gate_up, std::int64_t stride, const float* grad_y,
                          const float* factors, float* grad) {
  HWY_DYNAMIC_DISPATCH(backward_kernel)(rows, width, gate_up, stride, grad_y, factors, grad);
}

void swiglu_forward(std::int64_t rows, std::int64_t width, const float* gate_up, std::int64_t stride, float* y) {
  at::parallel_for(0, rows, row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    swiglu_rows(end - begin, width, gate_up + begin * stride, stride, nullptr, y + begin * width);
  });
}

void swiglu_backward(std::int64_t rows, std::int64_t width, const float* gate_up, std::int64_t stride, const float* grad_y, float* grad) {
  at::parallel_for(0, rows, row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    swiglu_backward_rows(end - begin, width, gate_up + begin * stride, stride, grad_y + begin * width, nullptr, grad + begin * 2 * width);
  });
}

}  // namespace fathom::ops::cpu
#endif
