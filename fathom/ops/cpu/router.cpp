#include "fathom/ops/cpu/router.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "fathom/ops/cpu/simd_targets.h"
#include "fathom/ops/cpu/top_k.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/router.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/ops/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

// Rows of scores are short and lie side by side: vectors run over all of them at once.
void sigmoid_range(std::int64_t count, const float* x, float* y) {
  for_each_vector(count, [&](auto access, std::int64_t i) HWY_ATTR { access.store(sigmoid(access.load(x + i)), y + i); });
}

// grad · σ' where σ' = s (1 - s), in place.
void through_sigmoid(std::int64_t count, const float* scores, float* grad) {
  const FloatVec one = hn::Set(FloatTag(), 1.0f);
  for_each_vector(count, [&](auto access, std::int64_t i) HWY_ATTR {
    const FloatVec s = access.load(scores + i);
    access.store(hn::Mul(access.load(grad + i), hn::Mul(s, hn::Sub(one, s))), grad + i);
  });
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(sigmoid_range);
HWY_EXPORT(through_sigmoid);

namespace {

constexpr float gate_floor = 1e-20f;
constexpr float score_floor = 1e-20f;

// Tokens worth a thread of their own.
std::int64_t token_grain(std::int64_t experts) { return std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, experts)); }

// Leaves -inf for the experts of dropped groups (DeepSeek-V3 §2.1.2: groups by the sum of their two best).
class GroupFilter {
 public:
  GroupFilter(std::int64_t experts, const RouterOptions& options)
      : size_(experts / options.groups), groups_(options.groups), kept_(options.top_groups), sums_(groups_), best_(kept_), chosen_(kept_) {}

  void apply(float* choice) {
    constexpr float lowest = -std::numeric_limits<float>::infinity();
    for (std::int64_t g = 0; g < groups_; ++g) {
      float first = lowest, second = lowest;
      for (const float* value = choice + g * size_; value < choice + (g + 1) * size_; ++value) {
        second = std::max(second, std::min(first, *value));
        first = std::max(first, *value);
      }
      sums_[static_cast<std::size_t>(g)] = size_ == 1 ? first : first + second;
    }
    top_k_indices(sums_.data(), groups_, kept_, best_.data(), chosen_.data());
    for (std::int64_t g = 0; g < groups_; ++g) {
      if (std::find(chosen_.begin(), chosen_.end(), g) == chosen_.end()) std::fill_n(choice + g * size_, size_, lowest);
    }
  }

 private:
  std::int64_t size_, groups_, kept_;
  std::vector<float> sums_, best_;
  std::vector<std::int64_t> chosen_;
};

}  // namespace

void route_forward(std::int64_t tokens, std::int64_t experts, const RouterOptions& options, const float* logits, const float* bias,
                   const std::int64_t* replay, float* scores, std::int64_t* chosen, float* gates, std::int64_t* counts) {
  const auto score = HWY_DYNAMIC_DISPATCH(sigmoid_range);
  const std::int64_t k = options.top_k;
  const float scaling = static_cast<float>(options.scaling);
  at::parallel_for(0, tokens, token_grain(experts), [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> choice(static_cast<std::size_t>(experts)), best(static_cast<std::size_t>(k));
    GroupFilter filter(experts, options);
    score((end - begin) * experts, logits + begin * experts, scores + begin * experts);
    for (std::int64_t t = begin; t < end; ++t) {
      const float* row = scores + t * experts;
      std::int64_t* picked = chosen + t * k;
      if (replay != nullptr) {
        std::copy_n(replay + t * k, k, picked);
      } else {
        for (std::int64_t i = 0; i < experts; ++i) {
          const float biased = row[i] + bias[i];
          choice[static_cast<std::size_t>(i)] = std::isnan(biased) ? -std::numeric_limits<float>::infinity() : biased;
        }
        if (options.top_groups < options.groups) filter.apply(choice.data());
        top_k_indices(choice.data(), experts, k, best.data(), picked);
      }
      float sum = gate_floor;
      for (std::int64_t i = 0; i < k; ++i) sum += row[picked[i]];
      const float factor = options.normalize ? scaling / sum : scaling;
      for (std::int64_t i = 0; i < k; ++i) gates[t * k + i] = row[picked[i]] * factor;
    }
  });
  std::fill_n(counts, experts, 0);
  for (std::int64_t pair = 0; pair < tokens * k; ++pair) ++counts[chosen[pair]];
}

void route_backward(std::int64_t tokens, std::int64_t experts, const RouterOptions& options, const float* scores,
                    const std::int64_t* chosen, const float* grad_gates, const float* grad_scores, float* grad_logits) {
  const auto finish = HWY_DYNAMIC_DISPATCH(through_sigmoid);
  const std::int64_t k = options.top_k;
  const float scaling = static_cast<float>(options.scaling);
  at::parallel_for(0, tokens, token_grain(experts), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const float* row = scores + t * experts;
      float* grad = grad_logits + t * experts;
      if (grad_scores != nullptr) {
        std::copy_n(grad_scores + t * experts, experts, grad);
      } else {
        std::fill_n(grad, experts, 0.0f);
      }
      if (grad_gates != nullptr) {
        const std::int64_t* picked = chosen + t * k;
        const float* g = grad_gates + t * k;
        float sum = gate_floor, dot = 0.0f;
        for (std::int64_t i = 0; i < k; ++i) {
          sum += row[picked[i]];
          dot += g[i] * row[picked[i]];
        }
        // gate = scaling · s / Σ s
        for (std::int64_t i = 0; i < k; ++i) grad[picked[i]] += options.normalize ? scaling * (g[i] - dot / sum) / sum : scaling * g[i];
      }
    }
    finish((end - begin) * experts, scores + begin * experts, grad_logits + begin * experts);
  });
}

double balance_loss_forward(const std::int32_t* offsets, std::int64_t sequences, std::int64_t experts, std::int64_t top_k,
                            const float* scores, float* loads) {
  std::vector<double> losses(static_cast<std::size_t>(sequences));
  at::parallel_for(0, sequences, 1, [&](std::int64_t first, std::int64_t last) {
    std::vector<float> best(static_cast<std::size_t>(top_k)), shares(static_cast<std::size_t>(experts));
    std::vector<std::int64_t> picked(static_cast<std::size_t>(top_k));
    for (std::int64_t s = first; s < last; ++s) {
      float* load = loads + s * experts;
      std::fill_n(load, experts, 0.0f);
      std::fill(shares.begin(), shares.end(), 0.0f);
      for (std::int64_t t = offsets[s]; t < offsets[s + 1]; ++t) {
        const float* row = scores + t * experts;
        top_k_indices(row, experts, top_k, best.data(), picked.data());
        for (std::int64_t expert : picked) load[expert] += 1.0f;
        float sum = score_floor;
        for (std::int64_t i = 0; i < experts; ++i) sum += row[i];
        const float factor = 1.0f / sum;
        for (std::int64_t i = 0; i < experts; ++i) shares[static_cast<std::size_t>(i)] += row[i] * factor;
      }
      const std::int64_t length = offsets[s + 1] - offsets[s];
      if (length == 0) continue;
      const float scale = static_cast<float>(experts) / (static_cast<float>(top_k) * static_cast<float>(length));
      double sum = 0.0;
      for (std::int64_t i = 0; i < experts; ++i) {
        load[i] *= scale;
        sum += static_cast<double>(load[i]) * shares[static_cast<std::size_t>(i)];
      }
      losses[static_cast<std::size_t>(s)] = sum / static_cast<double>(length);
    }
  });
  double total = 0.0;
  for (double loss : losses) total += loss;
  return total / static_cast<double>(std::max<std::int64_t>(1, sequences));
}

void balance_loss_backward(const std::int32_t* offsets, std::int64_t sequences, std::int64_t experts, const float* scores,
                           const float* loads, float grad, float* grad_scores) {
  at::parallel_for(0, sequences, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t s = first; s < last; ++s) {
      const float* load = loads + s * experts;
      const float scale = grad / (static_cast<float>(sequences) * static_cast<float>(std::max(1, offsets[s + 1] - offsets[s])));
      for (std::int64_t t = offsets[s]; t < offsets[s + 1]; ++t) {
        const float* row = scores + t * experts;
        float sum = score_floor, dot = 0.0f;
        for (std::int64_t i = 0; i < experts; ++i) {
          sum += row[i];
          dot += load[i] * row[i];
        }
        const float factor = scale / sum, mean = dot / sum;
        for (std::int64_t i = 0; i < experts; ++i) grad_scores[t * experts + i] = factor * (load[i] - mean);
      }
    }
  });
}

}  // namespace fathom::ops::cpu
#endif
