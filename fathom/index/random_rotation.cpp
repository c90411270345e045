#include "fathom/index/random_rotation.h"

#include <cmath>

#include "fathom/base/rng.h"
#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/index/random_rotation.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::index::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void product(const float* matrix, const float* in, std::int64_t width, float* out) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t j = 0;
  for (; j + 4 * lanes <= width; j += 4 * lanes) {  // four sums at a time hide the additions' latency
    auto a = hn::Zero(d), b = hn::Zero(d), c = hn::Zero(d), e = hn::Zero(d);
    const float* row = matrix + j;
    for (std::int64_t i = 0; i < width; ++i, row += width) {
      const auto value = hn::Set(d, in[i]);
      a = hn::MulAdd(value, hn::LoadU(d, row), a);
      b = hn::MulAdd(value, hn::LoadU(d, row + lanes), b);
      c = hn::MulAdd(value, hn::LoadU(d, row + 2 * lanes), c);
      e = hn::MulAdd(value, hn::LoadU(d, row + 3 * lanes), e);
    }
    hn::StoreU(a, d, out + j);
    hn::StoreU(b, d, out + j + lanes);
    hn::StoreU(c, d, out + j + 2 * lanes);
    hn::StoreU(e, d, out + j + 3 * lanes);
  }
  for (; j < width; ++j) {
    float sum = 0.0f;
    for (std::int64_t i = 0; i < width; ++i) sum += in[i] * matrix[i * width + j];
    out[j] = sum;
  }
}

}  // namespace fathom::index::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::index {

HWY_EXPORT(product);

void rotate(const float* matrix, const float* in, std::int64_t width, float* out) { HWY_DYNAMIC_DISPATCH(product)(matrix, in, width, out); }

std::vector<float> random_rotation(std::int64_t width, std::uint64_t seed) {
  Rng rng(seed);
  const auto n = static_cast<std::size_t>(width);
  std::vector<double> rows(n * n);
  for (double& value : rows) value = rng.normal();
  for (std::size_t i = 0; i < n; ++i) {
    double* row = rows.data() + i * n;
    for (int pass = 0; pass < 2; ++pass) {  // the second takes away what rounding left
      for (std::size_t before = 0; before < i; ++before) {
        const double* other = rows.data() + before * n;
        double dot = 0.0;
        for (std::size_t j = 0; j < n; ++j) dot += row[j] * other[j];
        for (std::size_t j = 0; j < n; ++j) row[j] -= dot * other[j];
      }
    }
    double squares = 0.0;
    for (std::size_t j = 0; j < n; ++j) squares += row[j] * row[j];
    for (std::size_t j = 0; j < n; ++j) row[j] /= std::sqrt(squares);
  }
  return {rows.begin(), rows.end()};
}

}  // namespace fathom::index
#endif
