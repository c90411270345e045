#include "fathom/ops/cpu/attend.h"

#include <algorithm>
#include <cmath>

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/attend.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/ops/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

HWY_INLINE float dot(std::int64_t n, const float* a, const float* b) {
  FloatVec sum = hn::Zero(FloatTag());
  for_each_vector(n, [&](auto access, std::int64_t i) HWY_ATTR { sum = hn::MulAdd(access.load(a + i), access.load(b + i), sum); });
  return sum_of(sum);
}

// out += factor · x
HWY_INLINE void add_scaled(std::int64_t n, float factor, const float* x, float* out) {
  const FloatVec by = hn::Set(FloatTag(), factor);
  for_each_vector(
      n, [&](auto access, std::int64_t i) HWY_ATTR { access.store(hn::MulAdd(by, access.load(x + i), access.load(out + i)), out + i); });
}

void attend_kernel(const AttendedMemory& m, const float* query, float* attention, float* context) {
  for (std::int64_t i = 0; i < m.length; ++i) attention[i] = dot(m.width, m.keys + i * m.width, query);
  const float largest = *std::max_element(attention, attention + m.length);
  float sum = 0;
  for (std::int64_t i = 0; i < m.length; ++i) sum += attention[i] = std::exp(attention[i] - largest);
  std::fill_n(context, m.memory_width, 0.0f);
  for (std::int64_t i = 0; i < m.length; ++i) {
    attention[i] /= sum;
    add_scaled(m.memory_width, attention[i], m.values + i * m.memory_width, context);
  }
}

void attend_backward_kernel(const AttendedMemory& m, const float* attention, const float* grad_attention, const float* grad_context,
                            float* grad_scores, float* grad_query) {
  float mean = 0;
  for (std::int64_t i = 0; i < m.length; ++i) {
    grad_scores[i] = grad_attention[i] + dot(m.memory_width, m.values + i * m.memory_width, grad_context);
    mean += attention[i] * grad_scores[i];
  }
  for (std::int64_t i = 0; i < m.length; ++i) {
    grad_scores[i] = attention[i] * (grad_scores[i] - mean);
    add_scaled(m.width, grad_scores[i], m.keys + i * m.width, grad_query);
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(attend_kernel);
HWY_EXPORT(attend_backward_kernel);

void attend(const AttendedMemory& memory, const float* query, float* attention, float* context) {
  HWY_DYNAMIC_DISPATCH(attend_kernel)(memory, query, attention, context);
}

void attend_backward(const AttendedMemory& memory, const float* attention, const float* grad_attention, const float* grad_context,
                     float* grad_scores, float* grad_query) {
  HWY_DYNAMIC_DISPATCH(attend_backward_kernel)(memory, attention, grad_attention, grad_context, grad_scores, grad_query);
}

}  // namespace fathom::ops::cpu
#endif
