// The blocks that sentence encoders and their decoders are stacked of, in both architectures.
#pragma once

#include <optional>

#include "fathom/nn/layer_norm.h"
#include "fathom/nn/multi_head_attention.h"
#include "fathom/nn/position_wise.h"
#include "fathom/retrieval/encoder_config.h"

namespace fathom::retrieval {

// mean_max: y = norm(attention(x)); norm(y + ffn(y)).   modern: y = x + attention(norm(x)); y + ffn(norm(y)).
class EncoderBlock final : public nn::Module {
 public:
  // `in`: the width of what comes in. Of a modern block it is the model's width.
  EncoderBlock(const EncoderConfig& config, std::int64_t in, at::TensorOptions tensors);
  // x [batch, positions, in] → [batch, positions, width].
  at::Tensor forward(const at::Tensor& x, double dropout) const;

  void collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const override;

 private:
  bool modern_;
  nn::MultiHeadAttention attention_;
  nn::LayerNorm attention_norm_, inner_norm_;
  nn::PositionWise inner_;
};

// The same with causal self-attention, and between the two parts attention over the sentence's two vectors, with a residual in both
// architectures: the vectors are read anew at each step of the reconstruction.
class DecoderBlock final : public nn::Module {
 public:
  DecoderBlock(const EncoderConfig& config, std::int64_t in, at::TensorOptions tensors);
  // x [batch, positions, in], context [batch, 2, width] → [batch, positions, width].
  at::Tensor forward(const at::Tensor& x, const at::Tensor& context, double dropout) const;

  void collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const override;

 private:
  bool modern_;
  nn::MultiHeadAttention attention_, cross_;
  nn::LayerNorm attention_norm_, cross_norm_, inner_norm_;
  nn::PositionWise inner_;
};

}  // namespace fathom::retrieval
