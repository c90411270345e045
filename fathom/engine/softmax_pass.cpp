#include "fathom/engine/softmax_pass.h"

#include <algorithm>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/engine/softmax_pass.cpp"
#include <hwy/foreach_target.h>

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::engine {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::CappedTag<float, 16>;  // a block is a whole number of vectors
using Vector = hn::Vec<Lanes>;

// A vector from `from`, of which `left` values are there; the rest is -inf, whose weight is 0.
HWY_INLINE Vector load(Lanes d, const float* from, std::size_t left) {
  if (left >= hn::Lanes(d)) return hn::LoadU(d, from);
  HWY_ALIGN float padded[16];
  std::fill(padded, padded + 16, -std::numeric_limits<float>::infinity());
  std::copy(from, from + left, padded);
  return hn::Load(d, padded);
}

bool block_maxima(const float* logits, std::size_t size, float* maxima) {
  const Lanes d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t not_numbers = 0;
  for (std::size_t begin = 0; begin < size; begin += softmax_block) {
    const std::size_t end = std::min(size, begin + softmax_block);
    Vector max = hn::Set(d, -std::numeric_limits<float>::infinity());
    for (std::size_t i = begin; i < end; i += lanes) {
      const Vector x = load(d, logits + i, end - i);
      not_numbers += hn::CountTrue(d, hn::IsNaN(x));
      max = hn::Max(max, x);
    }
    maxima[begin / softmax_block] = hn::GetLane(hn::MaxOfLanes(d, max));
  }
  return not_numbers == 0;
}

void exponentials(const float* logits, std::size_t size, float max, float inverse_temperature, float* weights, float* sums) {
  const Lanes d;
  const std::size_t lanes = hn::Lanes(d);
  const Vector shift = hn::Set(d, max), scale = hn::Set(d, inverse_temperature);
  for (std::size_t begin = 0; begin < size; begin += softmax_block) {
    const std::size_t end = std::min(size, begin + softmax_block);
    Vector sum = hn::Zero(d);
    for (std::size_t i = begin; i < end; i += lanes) {
      const Vector weight = hn::Exp(d, hn::Mul(hn::Sub(load(d, logits + i, end - i), shift), scale));
      sum = hn::Add(sum, weight);
      if (end - i >= lanes) {
        hn::StoreU(weight, d, weights + i);
      } else {
        HWY_ALIGN float last[16];
        hn::Store(weight, d, last);
        std::copy(last, last + (end - i), weights + i);
      }
    }
    sums[begin / softmax_block] = hn::GetLane(hn::SumOfLanes(d, sum));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace fathom::engine
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::engine {

HWY_EXPORT(block_maxima);
HWY_EXPORT(exponentials);

bool block_maxima(const float* logits, std::size_t size, float* maxima) { return HWY_DYNAMIC_DISPATCH(block_maxima)(logits, size, maxima); }

void exponentials(const float* logits, std::size_t size, float max, float inverse_temperature, float* weights, float* sums) {
  HWY_DYNAMIC_DISPATCH(exponentials)(logits, size, max, inverse_temperature, weights, sums);
}

}  // namespace fathom::engine
#endif
