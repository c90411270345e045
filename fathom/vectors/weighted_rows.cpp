#include "fathom/vectors/weighted_rows.h"

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/vectors/weighted_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::vectors::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Eight vectors of the result stay in registers while all rows pass.
void sum_rows(const float* weights, const std::int32_t* rows, std::size_t count, const float* matrix, std::size_t width, float* out) {
  const hn::CappedTag<float, 8> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t at = 0;
  for (; at + 8 * lanes <= width; at += 8 * lanes) {
    auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    for (std::size_t i = 0; i < count; ++i) {
      const float* row = matrix + (rows != nullptr ? static_cast<std::size_t>(rows[i]) : i) * width + at;
      const auto weight = hn::Set(d, weights[i]);
      s0 = hn::MulAdd(weight, hn::LoadU(d, row), s0);
      s1 = hn::MulAdd(weight, hn::LoadU(d, row + lanes), s1);
      s2 = hn::MulAdd(weight, hn::LoadU(d, row + 2 * lanes), s2);
      s3 = hn::MulAdd(weight, hn::LoadU(d, row + 3 * lanes), s3);
      s4 = hn::MulAdd(weight, hn::LoadU(d, row + 4 * lanes), s4);
      s5 = hn::MulAdd(weight, hn::LoadU(d, row + 5 * lanes), s5);
      s6 = hn::MulAdd(weight, hn::LoadU(d, row + 6 * lanes), s6);
      s7 = hn::MulAdd(weight, hn::LoadU(d, row + 7 * lanes), s7);
    }
    hn::StoreU(s0, d, out + at);
    hn::StoreU(s1, d, out + at + lanes);
    hn::StoreU(s2, d, out + at + 2 * lanes);
    hn::StoreU(s3, d, out + at + 3 * lanes);
    hn::StoreU(s4, d, out + at + 4 * lanes);
    hn::StoreU(s5, d, out + at + 5 * lanes);
    hn::StoreU(s6, d, out + at + 6 * lanes);
    hn::StoreU(s7, d, out + at + 7 * lanes);
  }
  for (; at < width; at += lanes) {
    auto sum = hn::Zero(d);
    for (std::size_t i = 0; i < count; ++i) {
      const float* row = matrix + (rows != nullptr ? static_cast<std::size_t>(rows[i]) : i) * width + at;
      sum = hn::MulAdd(hn::Set(d, weights[i]), hn::LoadU(d, row), sum);
    }
    hn::StoreU(sum, d, out + at);
  }
}

}  // namespace fathom::vectors::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::vectors {

HWY_EXPORT(sum_rows);

void sum_weighted_rows(const float* weights, const std::int32_t* rows, std::size_t count, const float* matrix, std::size_t width,
                       float* out) {
  HWY_DYNAMIC_DISPATCH(sum_rows)(weights, rows, count, matrix, width, out);
}

}  // namespace fathom::vectors
#endif
