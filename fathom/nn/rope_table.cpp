#include "fathom/nn/rope_table.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fathom/base/error.h"

namespace fathom::nn {
namespace {

double magnitude(double factor, double mscale) { return factor <= 1.0 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0; }

// Frequencies turn from "kept" to "divided by the factor" along a ramp between two dimensions: those that turn beta_fast and
// beta_slow times within the original context.
at::Tensor yarn_frequencies(const RopeConfig& config, std::int64_t dim, const at::Tensor& frequencies) {
  const auto dimension_of = [&](double turns) {
    const double length = static_cast<double>(config.original_max_position_embeddings);
    return static_cast<double>(dim) * std::log(length / (turns * 2.0 * std::numbers::pi)) / (2.0 * std::log(config.theta));
  };
  double low = dimension_of(config.beta_fast), high = dimension_of(config.beta_slow);
  if (config.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(dim - 1));
  if (low == high) high += 0.001;
  const at::Tensor ramp = ((at::arange(dim / 2, at::kFloat) - low) / (high - low)).clamp(0.0, 1.0);
  return frequencies / config.factor * ramp + frequencies * (1.0 - ramp);
}

// Long wavelengths are divided by the factor, short ones kept, those between blended.
at::Tensor llama3_frequencies(const RopeConfig& config, const at::Tensor& frequencies) {
  const double length = static_cast<double>(config.original_max_position_embeddings);
  const at::Tensor wavelength = 2.0 * std::numbers::pi / frequencies;
  const at::Tensor blend =
      ((length / wavelength - config.low_freq_factor) / (config.high_freq_factor - config.low_freq_factor)).clamp(0.0, 1.0);
  return frequencies / config.factor * (1.0 - blend) + frequencies * blend;
}

}  // namespace

at::Tensor rope_frequencies(const RopeConfig& config, std::int64_t dim) {
  const at::Tensor exponents = at::arange(0, dim, 2, at::TensorOptions().dtype(at::kFloat)) / static_cast<double>(dim);
  const at::Tensor frequencies = 1.0 / at::pow(at::Scalar(config.theta), exponents);
  if (config.type == "default") return frequencies;
  if (config.type == "linear") return frequencies / config.factor;
  if (config.type == "yarn") return yarn_frequencies(config, dim, frequencies);
  if (config.type == "llama3") return llama3_frequencies(config, frequencies);
  fail("the rotary scaling type '{}' is not supported; fathom knows default, linear, yarn and llama3", config.type);
}

double rope_attention_factor(const RopeConfig& config) {
  if (config.type != "yarn") return 1.0;
  if (config.attention_factor != 0.0) return config.attention_factor;
  if (config.mscale != 0.0 && config.mscale_all_dim != 0.0)
    return magnitude(config.factor, config.mscale) / magnitude(config.factor, config.mscale_all_dim);
  return magnitude(config.factor, 1.0);
}

double latent_attention_scale(const RopeConfig& config) {
  if (config.type == "default" || config.mscale_all_dim == 0.0) return 1.0;
  const double root = magnitude(config.factor, config.mscale_all_dim);
  return root * root;
}

RopeTable RopeTable::make(const RopeConfig& config, std::int64_t dim, std::int64_t max_positions, at::Device device) {
  const at::Tensor frequencies = rope_frequencies(config, dim).contiguous();
  const std::int64_t pairs = dim / 2;
  const auto factor = static_cast<float>(rope_attention_factor(config));
  at::Tensor cos = at::empty({max_positions, pairs}, at::TensorOptions().dtype(at::kFloat)), sin = at::empty_like(cos);
  const float* frequency = frequencies.data_ptr<float>();
  auto *c = cos.data_ptr<float>(), *s = sin.data_ptr<float>();
  at::parallel_for(0, max_positions, 4096, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t position = begin; position < end; ++position) {
      for (std::int64_t i = 0; i < pairs; ++i) {
        // The angle is rounded to fp32 as in the models' original code: at long positions its rounding is what they learned with.
        const float angle = static_cast<float>(position) * frequency[i];
        c[position * pairs + i] = std::cos(angle) * factor;
        s[position * pairs + i] = std::sin(angle) * factor;
      }
    }
  });
  return {cos.to(device), sin.to(device)};
}

}  // namespace fathom::nn
