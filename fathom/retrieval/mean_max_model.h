// The mean-max attention autoencoder (arXiv 1809.06590): an encoder whose states are pooled by mean and by maximum, and a decoder that
// rebuilds the sentence while attending to the two pooled vectors. Sentences of a batch have equal length, so nothing is padded or masked.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/nn/module.h"
#include "fathom/retrieval/encoder_blocks.h"
#include "fathom/retrieval/encoder_config.h"

namespace fathom::retrieval {

class MeanMaxEncoder final : public nn::Module {
 public:
  MeanMaxEncoder(const EncoderConfig& config, at::TensorOptions tensors);
  const EncoderConfig& config() const { return config_; }
  // Glorot-uniform matrices and positions, zero biases; mean_max leaves the word vectors to set_embedding().
  void initialize(std::uint64_t seed);
  // values [vocab, embedding_width].
  void set_embedding(const at::Tensor& values);
  const at::Tensor& embedding() const { return embedding_; }

  // Rows of the embedding, in `dtype`: ids [batch, positions] int64 → [batch, positions, embedding_width].
  at::Tensor embed(const at::Tensor& ids, at::ScalarType dtype) const;
  // The two pooled vectors, [batch, 2, width]: mean, maximum. ids [batch, positions], the end of the sentence among them.
  at::Tensor forward(const at::Tensor& ids, at::ScalarType dtype, double dropout = 0.0) const;
  // Sentence vectors, [batch, 2 · width] fp32: both pooled vectors divided by their lengths and joined.
  at::Tensor sentence_vectors(const at::Tensor& ids, at::ScalarType dtype, double dropout = 0.0) const;

  void collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const override;  // without frozen word vectors
  void collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const override;

 private:
  EncoderConfig config_;
  at::Tensor embedding_, positions_;
  std::vector<EncoderBlock> blocks_;
  std::vector<nn::LayerNorm> final_norm_;  // modern: one
};

class MeanMaxDecoder final : public nn::Module {
 public:
  MeanMaxDecoder(const EncoderConfig& config, at::TensorOptions tensors);
  void initialize(std::uint64_t seed);

  // Hidden states before the words are told: embedded [batch, positions, embedding_width] (the encoder's embed() of the sentence shifted by
  // its start), context [batch, 2, width] → [batch, positions, width].
  at::Tensor forward(const at::Tensor& embedded, const at::Tensor& context, double dropout = 0.0) const;
  const at::Tensor& output_weight() const { return output_.weight(); }  // [vocab, width]
  const at::Tensor& output_bias() const { return output_.bias(); }      // [vocab]

  void collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const override;

 private:
  EncoderConfig config_;
  at::Tensor positions_;
  std::vector<DecoderBlock> blocks_;
  std::vector<nn::LayerNorm> final_norm_;
  nn::DenseLayer output_;
};

}  // namespace fathom::retrieval
