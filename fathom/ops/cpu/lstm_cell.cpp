#include "fathom/ops/cpu/lstm_cell.h"

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/lstm_cell.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/ops/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

// 2σ(2x) - 1
HWY_INLINE FloatVec tanh_of(FloatVec x) {
  const FloatTag d;
  return hn::MulSub(hn::Set(d, 2.0f), sigmoid(hn::Add(x, x)), hn::Set(d, 1.0f));
}

void cell_kernel(std::int64_t rows, std::int64_t width, float* gates, const float* cell_before, float* cell, float* hidden,
                 std::int64_t stride) {
  const FloatTag d;
  for (std::int64_t row = 0; row < rows; ++row, gates += 4 * width, cell += width, hidden += stride) {
    for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
      const FloatVec in = sigmoid(access.load(gates + i)), forget = sigmoid(access.load(gates + width + i));
      const FloatVec candidate = tanh_of(access.load(gates + 2 * width + i)), out = sigmoid(access.load(gates + 3 * width + i));
      const FloatVec before = cell_before == nullptr ? hn::Zero(d) : access.load(cell_before + row * width + i);
      const FloatVec next = hn::MulAdd(forget, before, hn::Mul(in, candidate));
      access.store(in, gates + i);
      access.store(forget, gates + width + i);
      access.store(candidate, gates + 2 * width + i);
      access.store(out, gates + 3 * width + i);
      access.store(next, cell + i);
      access.store(hn::Mul(out, tanh_of(next)), hidden + i);
    });
  }
}

void cell_backward_kernel(std::int64_t rows, std::int64_t width, const float* gates, const float* cell_before, const float* cell,
                          const float* grad_hidden, std::int64_t stride, float* grad_cell, float* grad_gates) {
  const FloatTag d;
  const FloatVec one = hn::Set(d, 1.0f);
  for (std::int64_t row = 0; row < rows; ++row) {
    const float* gate = gates + row * 4 * width;
    float* grad = grad_gates + row * 4 * width;
    const std::int64_t at = row * width;
    for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
      const FloatVec in = access.load(gate + i), forget = access.load(gate + width + i);
      const FloatVec candidate = access.load(gate + 2 * width + i), out = access.load(gate + 3 * width + i);
      const FloatVec before = cell_before == nullptr ? hn::Zero(d) : access.load(cell_before + at + i);
      const FloatVec bent = tanh_of(access.load(cell + at + i)), from_above = access.load(grad_hidden + row * stride + i);
      const FloatVec of_cell = hn::MulAdd(hn::Mul(from_above, out), hn::NegMulAdd(bent, bent, one), access.load(grad_cell + at + i));
      // σ' = σ (1 - σ), tanh' = 1 - tanh²
      access.store(hn::Mul(hn::Mul(of_cell, candidate), hn::Mul(in, hn::Sub(one, in))), grad + i);
      access.store(hn::Mul(hn::Mul(of_cell, before), hn::Mul(forget, hn::Sub(one, forget))), grad + width + i);
      access.store(hn::Mul(hn::Mul(of_cell, in), hn::NegMulAdd(candidate, candidate, one)), grad + 2 * width + i);
      access.store(hn::Mul(hn::Mul(from_above, bent), hn::Mul(out, hn::Sub(one, out))), grad + 3 * width + i);
      access.store(hn::Mul(of_cell, forget), grad_cell + at + i);
    });
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(cell_kernel);
HWY_EXPORT(cell_backward_kernel);

void lstm_cell_rows(std::int64_t rows, std::int64_t width, float* gates, const float* cell_before, float* cell, float* hidden,
                    std::int64_t stride) {
  HWY_DYNAMIC_DISPATCH(cell_kernel)(rows, width, gates, cell_before, cell, hidden, stride);
}

void lstm_cell_backward_rows(std::int64_t rows, std::int64_t width, const float* gates, const float* cell_before, const float* cell,
                             const float* grad_hidden, std::int64_t stride, float* grad_cell, float* grad_gates) {
  HWY_DYNAMIC_DISPATCH(cell_backward_kernel)(rows, width, gates, cell_before, cell, grad_hidden, stride, grad_cell, grad_gates);
}

}  // namespace fathom::ops::cpu
#endif
