#include "fathom/ops/cpu/expert_rows.h"

#include <algorithm>

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/expert_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/ops/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

void combine_kernel(const ExpertOrder& order, std::int64_t begin, std::int64_t end, std::int64_t width, const float* values, float* out) {
  const std::int64_t k = order.top_k();
  for (std::int64_t t = begin; t < end; ++t) {
    for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
      FloatVec sum = access.load(values + order.position_of(t * k) * width + i);
      for (std::int64_t place = 1; place < k; ++place) {
        sum = hn::Add(sum, access.load(values + order.position_of(t * k + place) * width + i));
      }
      access.store(sum, out + t * width + i);
    });
  }
}

void dot_and_scale_kernel(std::int64_t rows, std::int64_t width, float* a, const float* b, const float* factors, float* dots) {
  const FloatTag d;
  for (std::int64_t row = 0; row < rows; ++row, a += width, b += width) {
    const FloatVec factor = hn::Set(d, factors[row]);
    FloatVec dot = hn::Zero(d);
    for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
      const FloatVec value = access.load(a + i);
      dot = hn::MulAdd(value, access.load(b + i), dot);
      access.store(hn::Mul(value, factor), a + i);
    });
    dots[row] = sum_of(dot);
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(combine_kernel);
HWY_EXPORT(dot_and_scale_kernel);

void gather_rows(const ExpertOrder& order, std::int64_t first, std::int64_t rows, std::int64_t width, const float* x, float* to) {
  for (std::int64_t i = 0; i < rows; ++i) std::copy_n(x + order.token_at(first + i) * width, width, to + i * width);
}

void combine_rows(const ExpertOrder& order, std::int64_t begin, std::int64_t end, std::int64_t width, const float* values, float* out) {
  HWY_DYNAMIC_DISPATCH(combine_kernel)(order, begin, end, width, values, out);
}

void dot_and_scale_rows(std::int64_t rows, std::int64_t width, float* a, const float* b, const float* factors, float* dots) {
  HWY_DYNAMIC_DISPATCH(dot_and_scale_kernel)(rows, width, a, b, factors, dots);
}

}  // namespace fathom::ops::cpu
#endif
