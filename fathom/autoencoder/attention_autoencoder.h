// The attention autoencoder of RAMN (Zhang & Wu, AAAI 2018): a recurrent encoder and a recurrent decoder with attention, trained to write a
// question's words again. The paper's cell and sizes are not known to us; these are ours:
//
//   states  = bidirectional GRU over the words' vectors, some of them hidden (zeros), [words, 2 · hidden]
//   d_t     = GRU over the previous words, some hidden, starting from the encoder's last states
//   context = softmax(d_t · states / √(2 · hidden)) · states
//   output  = tanh(W [d_t ; context] + b), then a softmax over the most frequent words
//
// Hidden words keep the decoder from copying: a state must carry what its neighbours say. Only the encoder is kept
// (faq/question_encoder.h runs it without libtorch). One source for CPU and CUDA.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <tuple>
#include <vector>

#include "fathom/nn/module.h"

namespace fathom::autoencoder {

struct AutoencoderConfig {
  std::int64_t input_width = 0;  // of the word vectors
  std::int64_t hidden = 64;      // units a direction
  std::int64_t vocabulary = 0;   // words that the decoder can write; the last one stands for all others
};

// Sentences of equal length.
struct AutoencoderBatch {
  at::Tensor encoder_input;  // [batch, words, input_width] fp32, hidden words zero
  at::Tensor decoder_input;  // [batch, words, input_width] fp32: the word before each, zero for the first
  at::Tensor targets;        // [batch · words] int64 in [0, vocabulary)
};

class AttentionAutoencoder : public nn::Module {
 public:
  // Weights uniform in ±1/√fan-in from `seed`, in fp32 on `device`.
  AttentionAutoencoder(const AutoencoderConfig& config, std::uint64_t seed, at::Device device);

  // Mean cross-entropy of the words, fp32 scalar, differentiable.
  at::Tensor loss(const AutoencoderBatch& batch) const;
  // Encoder states [batch, words, 2 · hidden] of encoder_input.
  at::Tensor encode(const at::Tensor& encoder_input) const;

  void collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const override;

  // A direction's weights as QuestionEncoder reads them: [W | U | b | c], [3 · hidden, input_width + hidden + 2] on the CPU.
  at::Tensor packed_direction(bool backward) const;
  const AutoencoderConfig& config() const { return config_; }

 private:
  std::tuple<at::Tensor, at::Tensor> run_encoder(const at::Tensor& input) const;
  AutoencoderConfig config_;
  std::vector<at::Tensor> encoder_, decoder_;  // W, U, b, c of each direction
  at::Tensor combine_, combine_bias_, output_;
};

}  // namespace fathom::autoencoder
