#include "fathom/ops/cpu/rotary.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/rotary.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Rotates whole vectors of pairs from `i` on and returns where it stopped. Heads are narrow (often 8 to 32 pairs), so what
// a wide vector leaves over is tried with narrower ones.
template <class D>
HWY_INLINE std::int64_t rotate_vectors(D d, std::int64_t i, std::int64_t pairs, const float* x, const float* cos, const float* sin,
                                       bool interleaved, float direction, float* out) {
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto sign = hn::Set(d, direction);
  for (; i + lanes <= pairs; i += lanes) {
    const auto c = hn::LoadU(d, cos + i), s = hn::Mul(hn::LoadU(d, sin + i), sign);
    hn::Vec<D> first, second;
    if (interleaved) {
      hn::LoadInterleaved2(d, x + 2 * i, first, second);
    } else {
      first = hn::LoadU(d, x + i);
      second = hn::LoadU(d, x + pairs + i);
    }
    const auto turned_first = hn::NegMulAdd(second, s, hn::Mul(first, c));
    const auto turned_second = hn::MulAdd(first, s, hn::Mul(second, c));
    if (interleaved) {
      hn::StoreInterleaved2(turned_first, turned_second, d, out + 2 * i);
    } else {
      hn::StoreU(turned_first, d, out + i);
      hn::StoreU(turned_second, d, out + pairs + i);
    }
  }
  return i;
}

void rotate_tokens(const RotaryShape& shape, const float* x, const float* cos, const float* sin, const std::int64_t* positions,
                   bool interleaved, float direction, float* out, std::int64_t begin, std::int64_t end) {
  const std::int64_t pairs = shape.pairs;
  for (std::int64_t token = begin; token < end; ++token) {
    const float *c = cos + positions[token] * pairs, *s = sin + positions[token] * pairs;
    for (std::int64_t head = 0; head < shape.heads; ++head) {
      const float* in = x + token * shape.token_stride + head * shape.head_stride;
      float* to = out + (token * shape.heads + head) * 2 * pairs;
      std::int64_t i = rotate_vectors(hn::ScalableTag<float>(), 0, pairs, in, c, s, interleaved, direction, to);
      i = rotate_vectors(hn::CappedTag<float, 8>(), i, pairs, in, c, s, interleaved, direction, to);
      i = rotate_vectors(hn::CappedTag<float, 4>(), i, pairs, in, c, s, interleaved, direction, to);
      const std::int64_t step = interleaved ? 2 : 1, apart = interleaved ? 1 : pairs;
      for (; i < pairs; ++i) {
        const float first = in[step * i], second = in[step * i + apart], turn = s[i] * direction;
        to[step * i] = first * c[i] - second * turn;
        to[step * i + apart] = second * c[i] + first * turn;
      }
    }
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(rotate_tokens);

void rotary(const RotaryShape& shape, const float* x, const float* cos, const float* sin, const std::int64_t* positions, bool interleaved,
            float direction, float* out) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(rotate_tokens);
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, shape.heads * shape.pairs * 2));
  at::parallel_for(0, shape.tokens, grain, [&](std::int64_t begin, std::int64_t end) {
    kernel(shape, x, cos, sin, positions, interleaved, direction, out, begin, end);
  });
}

}  // namespace fathom::ops::cpu
#endif
