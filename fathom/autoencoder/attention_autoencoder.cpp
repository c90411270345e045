#include "fathom/autoencoder/attention_autoencoder.h"

#include <cmath>
#include <string>
#include <utility>

#include "fathom/base/rng.h"
#include "fathom/ops/cross_entropy.h"

namespace fathom::autoencoder {
namespace {

// Counter-based, so that weights do not depend on libtorch's generator.
at::Tensor uniform(at::IntArrayRef shape, double bound, Rng& rng, at::Device device) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  float* values = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>((2.0 * rng.uniform() - 1.0) * bound);
  return tensor.to(device);
}

void add_gru(std::vector<at::Tensor>& out, std::int64_t input, std::int64_t hidden, Rng& rng, at::Device device) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(hidden));
  out.push_back(uniform({3 * hidden, input}, bound, rng, device));
  out.push_back(uniform({3 * hidden, hidden}, bound, rng, device));
  for (int i = 0; i < 2; ++i) out.push_back(uniform({3 * hidden}, bound, rng, device));
}

}  // namespace

AttentionAutoencoder::AttentionAutoencoder(const AutoencoderConfig& config, std::uint64_t seed, at::Device device) : config_(config) {
  Rng rng(seed);
  const std::int64_t width = 2 * config.hidden;
  add_gru(encoder_, config.input_width, config.hidden, rng, device);
  add_gru(encoder_, config.input_width, config.hidden, rng, device);
  add_gru(decoder_, config.input_width, width, rng, device);
  const double bound = 1.0 / std::sqrt(2.0 * static_cast<double>(width));
  combine_ = uniform({width, 2 * width}, bound, rng, device);
  combine_bias_ = at::zeros({width}, combine_.options());
  output_ = uniform({config.vocabulary, width}, bound, rng, device);
}

std::tuple<at::Tensor, at::Tensor> AttentionAutoencoder::run_encoder(const at::Tensor& input) const {
  const at::Tensor start = at::zeros({2, input.size(0), config_.hidden}, input.options());
  return at::gru(input, start, encoder_, /*has_biases=*/true, /*num_layers=*/1, /*dropout=*/0.0, /*train=*/true, /*bidirectional=*/true,
                 /*batch_first=*/true);
}

at::Tensor AttentionAutoencoder::encode(const at::Tensor& encoder_input) const { return std::get<0>(run_encoder(encoder_input)); }

at::Tensor AttentionAutoencoder::loss(const AutoencoderBatch& batch) const {
  const std::int64_t width = 2 * config_.hidden;
  const auto [states, last] = run_encoder(batch.encoder_input);
  const at::Tensor start = last.transpose(0, 1).reshape({1, last.size(1), width}).contiguous();
  const at::Tensor decoded = std::get<0>(at::gru(batch.decoder_input, start, decoder_, true, 1, 0.0, true, false, true));
  const at::Tensor attention = at::softmax(at::bmm(decoded, states.transpose(1, 2)) / std::sqrt(static_cast<double>(width)), -1);
  const at::Tensor both = at::cat({decoded, at::bmm(attention, states)}, -1);
  const at::Tensor hidden = at::tanh(at::linear(both, combine_, combine_bias_)).reshape({-1, width});
  const at::Tensor weights = at::full({hidden.size(0)}, 1.0 / static_cast<double>(hidden.size(0)), hidden.options());
  return ops::linear_cross_entropy_sum(hidden, output_, batch.targets, weights);
}

void AttentionAutoencoder::collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const {
  const char* names[] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh"};
  for (std::size_t i = 0; i < encoder_.size(); ++i)
    out.push_back({prefix + (i < 4 ? "encoder.forward." : "encoder.backward.") + names[i % 4], encoder_[i], i % 4 < 2});
  for (std::size_t i = 0; i < decoder_.size(); ++i) out.push_back({prefix + "decoder." + names[i], decoder_[i], i < 2});
  out.push_back({prefix + "combine.weight", combine_, true});
  out.push_back({prefix + "combine.bias", combine_bias_, false});
  out.push_back({prefix + "output.weight", output_, true});
}

void AttentionAutoencoder::collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const {
  std::vector<nn::Parameter> parameters;
  collect_parameters(prefix, parameters);
  for (const nn::Parameter& parameter : parameters) out.push_back({parameter.name, parameter.tensor.detach()});
}

at::Tensor AttentionAutoencoder::packed_direction(bool backward) const {
  const std::size_t at = backward ? 4 : 0;
  return at::cat({encoder_[at], encoder_[at + 1], encoder_[at + 2].unsqueeze(1), encoder_[at + 3].unsqueeze(1)}, 1)
      .detach()
      .to(at::kCPU)
      .contiguous();
}

}  // namespace fathom::autoencoder
