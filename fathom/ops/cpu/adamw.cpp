#include "fathom/ops/cpu/adamw.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/adamw.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/ops/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

void adamw_range(std::int64_t count, const AdamWFactors& f, const float* gradient, float* parameter, float* exp_avg, float* exp_avg_sq) {
  const FloatTag d;
  const FloatVec beta1 = hn::Set(d, f.beta1), beta2 = hn::Set(d, f.beta2), rest1 = hn::Set(d, 1.0f - f.beta1),
                 rest2 = hn::Set(d, 1.0f - f.beta2), eps = hn::Set(d, f.eps), scale = hn::Set(d, f.grad_scale), keep = hn::Set(d, f.keep),
                 step_size = hn::Set(d, f.step_size), second_scale = hn::Set(d, f.second_scale);
  for_each_vector(count, [&](auto access, std::int64_t i) HWY_ATTR {
    const FloatVec g = hn::Mul(access.load(gradient + i), scale);
    const FloatVec m = hn::MulAdd(g, rest1, hn::Mul(access.load(exp_avg + i), beta1));
    const FloatVec v = hn::MulAdd(hn::Mul(g, g), rest2, hn::Mul(access.load(exp_avg_sq + i), beta2));
    const FloatVec denominator = hn::MulAdd(hn::Sqrt(v), second_scale, eps);
    const FloatVec p = hn::NegMulAdd(hn::Div(m, denominator), step_size, hn::Mul(access.load(parameter + i), keep));
    access.store(m, exp_avg + i);
    access.store(v, exp_avg_sq + i);
    access.store(p, parameter + i);
  });
}

double squares_range(std::int64_t count, const float* x) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;
  const std::int64_t lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto even = hn::Zero(d), odd = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    const auto a = hn::PromoteTo(d, hn::LoadU(half, x + i)), b = hn::PromoteTo(d, hn::LoadU(half, x + i + lanes));
    even = hn::MulAdd(a, a, even);
    odd = hn::MulAdd(b, b, odd);
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
  for (; i < count; ++i) sum += static_cast<double>(x[i]) * x[i];
  return sum;
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(adamw_range);
HWY_EXPORT(squares_range);

void adamw(std::int64_t count, const AdamWFactors& factors, const float* gradient, float* parameter, float* exp_avg, float* exp_avg_sq) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(adamw_range);
  at::parallel_for(0, count, 16384, [&](std::int64_t begin, std::int64_t end) {
    kernel(end - begin, factors, gradient + begin, parameter + begin, exp_avg + begin, exp_avg_sq + begin);
  });
}

double sum_of_squares(std::int64_t count, const float* x) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(squares_range);
  constexpr std::int64_t block = 16384;
  const std::int64_t blocks = (count + block - 1) / block;
  std::vector<double> sums(static_cast<std::size_t>(blocks));
  at::parallel_for(0, blocks, 2, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      sums[static_cast<std::size_t>(b)] = kernel(std::min(block, count - b * block), x + b * block);
    }
  });
  double total = 0.0;
  for (double sum : sums) total += sum;
  return total;
}

}  // namespace fathom::ops::cpu
#endif
