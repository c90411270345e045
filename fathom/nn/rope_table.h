// Cosines and sines of rotary positions, with the scalings that stretch a model's context: linear (position
// interpolation), YaRN (Peng et al. 2023) and Llama 3's.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "fathom/nn/rope_config.h"

namespace fathom::nn {

struct RopeTable {
  at::Tensor cos, sin;  // [max_positions, dim / 2] fp32; YaRN's attention factor is multiplied in

  static RopeTable make(const RopeConfig& config, std::int64_t dim, std::int64_t max_positions, at::Device device);
};

// Rotation a position of each pair, in radians: [dim / 2] fp32 on the CPU.
at::Tensor rope_frequencies(const RopeConfig& config, std::int64_t dim);

// What cos and sin are multiplied by: 1 except for YaRN, 0.1 · ln(factor) + 1 there unless the config says otherwise.
double rope_attention_factor(const RopeConfig& config);

// What DeepSeek-V3 multiplies its softmax scale by: (0.1 · mscale_all_dim · ln(factor) + 1)², 1 when mscale_all_dim is not given.
double latent_attention_scale(const RopeConfig& config);

}  // namespace fathom::nn
