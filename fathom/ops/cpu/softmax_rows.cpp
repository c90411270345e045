#include "fathom/ops/cpu/softmax_rows.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/softmax_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/ops/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

constexpr float lowest = -std::numeric_limits<float>::infinity();

HWY_INLINE float row_maximum(std::int64_t vocab, const float* logits) {
  FloatVec best = hn::Set(FloatTag(), lowest);
  for_each_vector(vocab, [&](auto access, std::int64_t i) HWY_ATTR { best = hn::Max(best, access.load(logits + i, lowest)); });
  return hn::GetLane(hn::MaxOfLanes(FloatTag(), best));
}

void cross_entropy_range(std::int64_t rows, std::int64_t vocab, float* logits, const std::int64_t* targets, const float* grad_weights,
                         float smoothing, float* losses) {
  const FloatTag d;
  const float share = smoothing / static_cast<float>(vocab);
  for (std::int64_t row = 0; row < rows; ++row, logits += vocab) {
    const float maximum = row_maximum(vocab, logits), target = logits[targets[row]];
    const FloatVec shift = hn::Set(d, -maximum);
    FloatVec sums = hn::Zero(d), totals = hn::Zero(d);  // Σ exp(z - max) and, where smoothing asks for it, Σ (z - max)
    const bool gradients = grad_weights != nullptr;
    if (smoothing > 0.0f) {
      for_each_vector(
          vocab, [&](auto access, std::int64_t i) HWY_ATTR { totals = hn::Add(totals, hn::Add(access.load(logits + i, maximum), shift)); });
    }
    for_each_vector(vocab, [&](auto access, std::int64_t i) HWY_ATTR {
      const FloatVec e = hn::Exp(d, hn::Add(access.load(logits + i, lowest), shift));
      sums = hn::Add(sums, e);
      if (gradients) access.store(e, logits + i);
    });
    const float sum = sum_of(sums);
    losses[row] = std::log(sum) - (1.0f - smoothing) * (target - maximum) - (smoothing > 0.0f ? share * sum_of(totals) : 0.0f);
    if (!gradients) continue;
    const FloatVec scale = hn::Set(d, grad_weights[row] / sum), less = hn::Set(d, -grad_weights[row] * share);
    for_each_vector(
        vocab, [&](auto access, std::int64_t i) HWY_ATTR { access.store(hn::MulAdd(access.load(logits + i), scale, less), logits + i); });
    logits[targets[row]] -= grad_weights[row] * (1.0f - smoothing);
  }
}

void log_prob_range(std::int64_t rows, std::int64_t vocab, const float* logits, const std::int64_t* targets, float inverse_temperature,
                    float* log_probs, float* entropy, float* log_sums) {
  const FloatTag d;
  const FloatVec scale = hn::Set(d, inverse_temperature), floor = hn::Set(d, std::numeric_limits<float>::lowest());
  for (std::int64_t row = 0; row < rows; ++row, logits += vocab) {
    const float maximum = row_maximum(vocab, logits) * inverse_temperature;
    const FloatVec shift = hn::Set(d, -maximum);
    FloatVec sums = hn::Zero(d), weighted = hn::Zero(d);  // Σ exp(z - max) and Σ exp(z - max) · (z - max)
    for_each_vector(vocab, [&](auto access, std::int64_t i) HWY_ATTR {
      // The floor keeps 0 · (-inf) out of the entropy.
      const FloatVec z = hn::Max(hn::MulAdd(access.load(logits + i, lowest), scale, shift), floor);
      const FloatVec e = hn::Exp(d, z);
      sums = hn::Add(sums, e);
      weighted = hn::MulAdd(e, z, weighted);
    });
    const float sum = sum_of(sums), log_sum = std::log(sum);
    log_sums[row] = log_sum + maximum;
    log_probs[row] = logits[targets[row]] * inverse_temperature - maximum - log_sum;
    if (entropy != nullptr) entropy[row] = log_sum - sum_of(weighted) / sum;
  }
}

void log_prob_backward_range(std::int64_t rows, std::int64_t vocab, float* logits, const std::int64_t* targets, float inverse_temperature,
                             const float* log_sums, const float* grads) {
  const FloatTag d;
  const FloatVec scale = hn::Set(d, inverse_temperature);
  for (std::int64_t row = 0; row < rows; ++row, logits += vocab) {
    const float g = grads[row] * inverse_temperature;
    const FloatVec shift = hn::Set(d, -log_sums[row]), factor = hn::Set(d, -g);
    for_each_vector(vocab, [&](auto access, std::int64_t i) HWY_ATTR {
      const FloatVec p = hn::Exp(d, hn::MulAdd(access.load(logits + i), scale, shift));
      access.store(hn::Mul(p, factor), logits + i);
    });
    logits[targets[row]] += g;
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(cross_entropy_range);
HWY_EXPORT(log_prob_range);
HWY_EXPORT(log_prob_backward_range);

namespace {

// Rows worth a thread of their own: about 4 k exponentials.
std::int64_t row_grain(std::int64_t vocab) { return std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, vocab)); }

}  // namespace

void cross_entropy_rows(std::int64_t rows, std::int64_t vocab, float* logits, const std::int64_t* targets, const float* grad_weights,
                        float smoothing, float* losses) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(cross_entropy_range);
  at::parallel_for(0, rows, row_grain(vocab), [&](std::int64_t begin, std::int64_t end) {
    kernel(end - begin, vocab, logits + begin * vocab, targets + begin, grad_weights == nullptr ? nullptr : grad_weights + begin, smoothing,
           losses + begin);
  });
}

void log_prob_rows(std::int64_t rows, std::int64_t vocab, const float* logits, const std::int64_t* targets, float inverse_temperature,
                   float* log_probs, float* entropy, float* log_sums) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(log_prob_range);
  at::parallel_for(0, rows, row_grain(vocab), [&](std::int64_t begin, std::int64_t end) {
    kernel(end - begin, vocab, logits + begin * vocab, targets + begin, inverse_temperature, log_probs + begin,
           entropy == nullptr ? nullptr : entropy + begin, log_sums + begin);
  });
}

void log_prob_backward_rows(std::int64_t rows, std::int64_t vocab, float* logits, const std::int64_t* targets, float inverse_temperature,
                            const float* log_sums, const float* grads) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(log_prob_backward_range);
  at::parallel_for(0, rows, row_grain(vocab), [&](std::int64_t begin, std::int64_t end) {
    kernel(end - begin, vocab, logits + begin * vocab, targets + begin, inverse_temperature, log_sums + begin, grads + begin);
  });
}

}  // namespace fathom::ops::cpu
#endif
