#include "fathom/faq/cosines.h"

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/faq/cosines.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::faq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void products(const std::vector<const float*>& a, const std::vector<const float*>& b, std::int64_t width, float* out) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (const float* x : a) {
    for (const float* y : b) {
      float sum = 0.0f;
      if (x != nullptr && y != nullptr) {
        auto s0 = hn::Zero(d), s1 = hn::Zero(d);
        std::int64_t k = 0;
        for (; k + 2 * lanes <= width; k += 2 * lanes) {
          s0 = hn::MulAdd(hn::LoadU(d, x + k), hn::LoadU(d, y + k), s0);
          s1 = hn::MulAdd(hn::LoadU(d, x + k + lanes), hn::LoadU(d, y + k + lanes), s1);
        }
        sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(s0, s1)));
        for (; k < width; ++k) sum += x[k] * y[k];
      }
      *out++ = sum;
    }
  }
}

}  // namespace fathom::faq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::faq {

HWY_EXPORT(products);

void row_products(const std::vector<const float*>& a, const std::vector<const float*>& b, std::int64_t width, float* out) {
  HWY_DYNAMIC_DISPATCH(products)(a, b, width, out);
}

}  // namespace fathom::faq
#endif
