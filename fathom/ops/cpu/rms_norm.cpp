#include "fathom/ops/cpu/rms_norm.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "fathom/ops/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fathom/ops/cpu/rms_norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/ops/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fathom::ops::cpu::HWY_NAMESPACE {

void forward_rows(std::int64_t rows, std::int64_t width, const float* x, std::int64_t stride, const float* residual, const float* weight,
                  float eps, float* sum, float* y, float* scales) {
  const FloatTag d;
  for (std::int64_t row = 0; row < rows; ++row, x += stride, y += width) {
    const float* values = x;
    FloatVec squares = hn::Zero(d);
    if (residual != nullptr) {
      for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
        const FloatVec v = hn::Add(access.load(x + i), access.load(residual + i));
        access.store(v, sum + i);
        squares = hn::MulAdd(v, v, squares);
      });
      values = sum;
      residual += width;
      sum += width;
    } else {
      for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
        const FloatVec v = access.load(x + i);
        squares = hn::MulAdd(v, v, squares);
      });
    }
    const float scale = 1.0f / std::sqrt(sum_of(squares) / static_cast<float>(width) + eps);
    scales[row] = scale;
    const FloatVec factor = hn::Set(d, scale);
    for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
      access.store(hn::Mul(hn::Mul(access.load(values + i), factor), access.load(weight + i)), y + i);
    });
  }
}

// Adds to grad_weight where it is wanted.
void backward_rows(std::int64_t rows, std::int64_t width, const float* x, std::int64_t stride, const float* weight, const float* scales,
                   const float* grad_y, const float* grad_sum, float* grad_x, float* grad_weight) {
  const FloatTag d;
  for (std::int64_t row = 0; row < rows; ++row, x += stride, grad_y += width) {
    const float scale = scales[row];
    const FloatVec factor = hn::Set(d, scale);
    FloatVec dots = hn::Zero(d);
    for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
      const FloatVec weighted = hn::Mul(access.load(grad_y + i), access.load(x + i));
      dots = hn::MulAdd(weighted, access.load(weight + i), dots);
      if (grad_weight != nullptr) access.store(hn::MulAdd(weighted, factor, access.load(grad_weight + i)), grad_weight + i);
    });
    if (grad_x == nullptr) continue;
    const FloatVec pull = hn::Set(d, -scale * scale * scale * sum_of(dots) / static_cast<float>(width));
    for_each_vector(width, [&](auto access, std::int64_t i) HWY_ATTR {
      const FloatVec through = hn::Mul(hn::Mul(access.load(grad_y + i), access.load(weight + i)), factor);
      FloatVec g = hn::MulAdd(access.load(x + i), pull, through);
      if (grad_sum != nullptr) g = hn::Add(g, access.load(grad_sum + i));
      access.store(g, grad_x + i);
    });
    grad_x += width;
    if (grad_sum != nullptr) grad_sum += width;
  }
}

}  // namespace fathom::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom::ops::cpu {

HWY_EXPORT(forward_rows);
HWY_EXPORT(backward_rows);

namespace {

// Rows worth a thread of their own: about 16 k elements.
std::int64_t row_grain(std::int64_t width) { return std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, width)); }

}  // namespace

void rms_norm_forward(std::int64_t rows, std::int64_t width, const float* x, std::int64_t stride, const float* residual,
                      const float* weight, float eps, float* sum, float* y, float* scales) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(forward_rows);
  at::parallel_for(0, rows, row_grain(width), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * width;
    kernel(end - begin, width, x + begin * stride, stride, residual == nullptr ? nullptr : residual + first, weight, eps,
           sum == nullptr ? nullptr : sum + first, y + first, scales + begin);
  });
}

void rms_norm_backward(std::int64_t rows, std::int64_t width, const float* x, std::int64_t stride, const float* weight, const float* scales,
                       const float* grad_y, const float* grad_sum, float* grad_x, float* grad_weight) {
  const auto kernel = HWY_DYNAMIC_DISPATCH(backward_rows);
  // Chunks depend on the thread count alone, not on which thread comes first.
  const std::int64_t chunks = std::clamp<std::int64_t>(rows / row_grain(width), 1, at::get_num_threads());
  std::vector<float> partial(grad_weight == nullptr ? 0 : static_cast<std::size_t>(chunks * width), 0.0f);
  at::parallel_for(0, chunks, 1, [&](std::int64_t first_chunk, std::int64_t last_chunk) {
    for (std::int64_t chunk = first_chunk; chunk < last_chunk; ++chunk) {
      const std::int64_t begin = rows * chunk / chunks, end = rows * (chunk + 1) / chunks, first = begin * width;
      kernel(end - begin, width, x + begin * stride, stride, weight, scales + begin, grad_y + first,
             grad_sum == nullptr ? nullptr : grad_sum + first, grad_x == nullptr ? nullptr : grad_x + first,
             grad_weight == nullptr ? nullptr : partial.data() + chunk * width);
    }
  });
  if (grad_weight == nullptr) return;
  std::copy_n(partial.data(), width, grad_weight);
  for (std::int64_t chunk = 1; chunk < chunks; ++chunk) {
    for (std::int64_t i = 0; i < width; ++i) grad_weight[i] += partial[static_cast<std::size_t>(chunk * width + i)];
  }
}

}  // namespace fathom::ops::cpu
#endif
