// The differences between libtorch 1.13 (Debian 12) and current releases, in one place.
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "fathom/ops/packed.h"

// The release as one number, 2.11 → 211.
#define FATHOM_TORCH_VERSION (TORCH_VERSION_MAJOR * 100 + TORCH_VERSION_MINOR)

namespace fathom::ops::compat {

#if FATHOM_TORCH_VERSION >= 205
using OptionalTensor = std::optional<at::Tensor>;
#else
using OptionalTensor = c10::optional<at::Tensor>;
#endif

// at::Allocator::allocate was a const member function up to 2.2.
#if FATHOM_TORCH_VERSION >= 203
#define FATHOM_ALLOCATOR_CONST
#else
#define FATHOM_ALLOCATOR_CONST const
#endif

// Whether this libtorch has attention kernels whose memory is linear in the length.
constexpr bool has_packed_attention = FATHOM_TORCH_VERSION >= 205;

// ops::causal_attention on a CUDA device with libtorch's kernels, differentiable. bf16 and fp16 run as one variable-length
// flash attention (widths up to 256, the narrower of queries and values filled up with zeros), fp32 sequence by sequence.
inline at::Tensor packed_causal_attention([[maybe_unused]] const at::Tensor& q, [[maybe_unused]] const at::Tensor& k,
                                          [[maybe_unused]] const at::Tensor& v, [[maybe_unused]] const PackedSequences& sequences,
                                          [[maybe_unused]] double scale) {
#if FATHOM_TORCH_VERSION >= 205
  const std::int64_t v_dim = v.size(2), width = (std::max(q.size(2), v_dim) + 7) / 8 * 8;
  const bool half = q.scalar_type() == at::kBFloat16 || q.scalar_type() == at::kHalf;
  const auto fill_up = [](const at::Tensor& t, std::int64_t to) {
    return t.size(2) == to ? t : at::constant_pad_nd(t, {0, to - t.size(2)});
  };
  if (half && width <= 256 && q.size(0) > 0) {
    const at::Tensor out =
        std::get<0>(at::_flash_attention_forward(fill_up(q, width), fill_up(k, width), fill_up(v, width), sequences.cu_seqlens,
                                                 sequences.cu_seqlens, sequences.max_length, sequences.max_length, 0.0,
                                                 /*is_causal=*/true, /*return_debug_mask=*/false, scale));
    return out.narrow(2, 0, v_dim);
  }
  std::vector<at::Tensor> outputs;
  const std::int64_t group = q.size(1) / k.size(1);
  for (std::int64_t s = 0; s < sequences.count(); ++s) {
    const std::int64_t begin = sequences.host[s], length = sequences.host[s + 1] - begin;
    if (length == 0) continue;
    const auto heads_first = [&](const at::Tensor& t, std::int64_t repeat) {
      return t.narrow(0, begin, length).transpose(0, 1).repeat_interleave(repeat, 0).unsqueeze(0);
    };
    const at::Tensor out = at::scaled_dot_product_attention(heads_first(q, 1), heads_first(k, group), heads_first(v, group), std::nullopt,
                                                            0.0, /*is_causal=*/true, scale);
    outputs.push_back(out.squeeze(0).transpose(0, 1));
  }
  if (outputs.empty()) return at::zeros({0, q.size(1), v_dim}, q.options());
  return at::cat(outputs);
#else
  TORCH_CHECK(false, "this libtorch has no attention kernel for CUDA");
#endif
}

// Whether rows [pairs, in] sorted by expert and weights [experts, out, in] have one product for all experts. It takes bf16 on
// CUDA, with rows of whole 16 bytes.
inline bool has_grouped_product([[maybe_unused]] const at::Tensor& rows, [[maybe_unused]] const at::Tensor& weights) {
#if FATHOM_TORCH_VERSION >= 211
  return rows.is_cuda() && rows.scalar_type() == at::kBFloat16 && rows.size(0) > 0 && weights.size(1) % 8 == 0 && weights.size(2) % 8 == 0;
#else
  return false;
#endif
}

// counts [experts] int64 on the device → [pairs, out]; differentiable, and nothing is read back to the host.
inline at::Tensor grouped_product([[maybe_unused]] const at::Tensor& rows, [[maybe_unused]] const at::Tensor& weights,
                                  [[maybe_unused]] const at::Tensor& counts) {
#if FATHOM_TORCH_VERSION >= 211
  return at::_grouped_mm(rows, weights.to(rows.scalar_type()).transpose(1, 2), counts.cumsum(0).to(at::kInt));
#else
  TORCH_CHECK(false, "this libtorch has no grouped product");
#endif
}

// One pass of AdamW over fp32 tensors on CUDA, in place; `step` counts from 1, gradients are multiplied by `grad_scale` first.
constexpr bool has_fused_adamw = FATHOM_TORCH_VERSION >= 205;
inline void fused_adamw_([[maybe_unused]] const at::Tensor& parameter, [[maybe_unused]] const at::Tensor& gradient,
                         [[maybe_unused]] const at::Tensor& exp_avg, [[maybe_unused]] const at::Tensor& exp_avg_sq,
                         [[maybe_unused]] double learning_rate, [[maybe_unused]] double beta1, [[maybe_unused]] double beta2,
                         [[maybe_unused]] double weight_decay, [[maybe_unused]] double eps, [[maybe_unused]] std::int64_t step,
                         [[maybe_unused]] double grad_scale) {
#if FATHOM_TORCH_VERSION >= 205
  const auto scalar = [&](double value) { return at::full({}, value, parameter.options().dtype(at::kFloat)); };
  const std::vector<at::Tensor> parameters = {parameter}, gradients = {gradient}, first = {exp_avg}, second = {exp_avg_sq}, none = {},
                                steps = {scalar(static_cast<double>(step))};
  // libtorch divides by its scale, as loss scaling wants it.
  const OptionalTensor divisor = grad_scale == 1.0 ? OptionalTensor() : OptionalTensor(scalar(1.0 / grad_scale));
  at::_fused_adamw_(parameters, gradients, first, second, none, steps, learning_rate, beta1, beta2, weight_decay, eps, /*amsgrad=*/false,
                    /*maximize=*/false, divisor, OptionalTensor());
#else
  TORCH_CHECK(false, "this libtorch has no fused AdamW");
#endif
}

}  // namespace fathom::ops::compat
