#include "fathom/index/int8_vectors.h"
#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/index/int8_dots.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::index::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Products of two 8-bit codes fit 16 bits, and pairs of them are added in 32: no sum is ever rounded.
void dots(const std::int8_t* query, const std::int8_t* codes, std::int64_t count, std::int64_t width, std::int32_t* out) {
#if HWY_TARGET == HWY_SCALAR
  int8_dots_reference(query, codes, count, width, out);
#else
  const hn::ScalableTag<std::int16_t> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d16));
  for (std::int64_t i = 0; i < count; ++i, codes += width) {
    auto even = hn::Zero(d32), odd = hn::Zero(d32);
    std::int64_t j = 0;
    for (; j + lanes <= width; j += lanes) {
      const auto a = hn::PromoteTo(d16, hn::LoadU(d8, query + j)), b = hn::PromoteTo(d16, hn::LoadU(d8, codes + j));
      even = hn::ReorderWidenMulAccumulate(d32, a, b, even, odd);
    }
    std::int32_t sum = hn::GetLane(hn::SumOfLanes(d32, hn::Add(even, odd)));
    for (; j < width; ++j) sum += static_cast<std::int32_t>(query[j]) * codes[j];
    out[i] = sum;
  }
#endif
}

}  // namespace fathom::index::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::index {

HWY_EXPORT(dots);

void int8_dots(const std::int8_t* query, const std::int8_t* codes, std::int64_t count, std::int64_t width, std::int32_t* out) {
  HWY_DYNAMIC_DISPATCH(dots)(query, codes, count, width, out);
}

void int8_dots_reference(const std::int8_t* query, const std::int8_t* codes, std::int64_t count, std::int64_t width, std::int32_t* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::int32_t sum = 0;
    for (std::int64_t j = 0; j < width; ++j) sum += static_cast<std::int32_t>(query[j]) * codes[i * width + j];
    out[i] = sum;
  }
}

}  // namespace fathom::index
#endif
