// Vector helpers of the Highway kernels. Included once for each instruction set, after <hwy/highway.h>.
#if defined(FATHOM_OPS_CPU_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FATHOM_OPS_CPU_SIMD_INL_H_
#undef FATHOM_OPS_CPU_SIMD_INL_H_
#else
#define FATHOM_OPS_CPU_SIMD_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVec = hn::Vec<FloatTag>;

// Access to a whole vector, and to the last count < lanes elements of a row. The latter goes through a buffer: masked loads
// may touch memory beyond the end on some instruction sets. Missing lanes are filled with `fill`.
struct WholeVector {
  HWY_INLINE FloatVec load(const float* p, float = 0.0f) const { return hn::LoadU(FloatTag(), p); }
  HWY_INLINE void store(FloatVec v, float* p) const { hn::StoreU(v, FloatTag(), p); }
};
struct RowTail {
  std::int64_t count;
  HWY_INLINE FloatVec load(const float* p, float fill = 0.0f) const {
    alignas(64) float buffer[hn::MaxLanes(FloatTag())];
    std::fill_n(buffer, hn::MaxLanes(FloatTag()), fill);
    std::copy_n(p, count, buffer);
    return hn::Load(FloatTag(), buffer);
  }
  HWY_INLINE void store(FloatVec v, float* p) const {
    alignas(64) float buffer[hn::MaxLanes(FloatTag())];
    hn::Store(v, FloatTag(), buffer);
    std::copy_n(buffer, count, p);
  }
};

// Calls body(access, offset) for each vector of a row of n elements.
template <class Body>
HWY_INLINE void for_each_vector(std::int64_t n, const Body& body) {
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(FloatTag()));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(WholeVector(), i);
  if (i < n) body(RowTail{n - i}, i);
}

HWY_INLINE float sum_of(FloatVec v) { return hn::GetLane(hn::SumOfLanes(FloatTag(), v)); }

// 1 / (1 + e⁻ˣ) without overflow; NaN stays NaN.
HWY_INLINE FloatVec sigmoid(FloatVec x) {
  const FloatTag d;
  const FloatVec one = hn::Set(d, 1.0f);
  const FloatVec e = hn::Exp(d, hn::Neg(hn::Abs(x)));  // in (0, 1]
  const FloatVec small = hn::Div(e, hn::Add(one, e));  // of the negative side
  const FloatVec result = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), small, hn::Sub(one, small));
  return hn::IfThenElse(hn::IsNaN(x), x, result);
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
