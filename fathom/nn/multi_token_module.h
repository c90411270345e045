// A multi-token-prediction module (DeepSeek-V3 §2.2): joins the hidden state of a position with the embedding of a later
// token, passes both through one decoder layer, and normalises for the output head. Names as in DeepSeek-V3's checkpoints.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fathom/nn/decoder_layer.h"

namespace fathom::nn {

class MultiTokenModule : public Module {
 public:
  MultiTokenModule(std::unique_ptr<DecoderLayer> layer, std::int64_t hidden_size, double norm_eps, at::TensorOptions tensors);

  // hidden [tokens, hidden] after the final norm of the module before, embedding [tokens, hidden] of the later tokens →
  // [tokens, hidden] after shared_head.norm.
  at::Tensor forward(const at::Tensor& hidden, const at::Tensor& embedding, const ForwardContext& context) const;
  // Without the embedding and the output head, which the model owns (they are the main model's unless a checkpoint has others).
  void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const override;
  const DecoderLayer& layer() const { return *layer_; }

 private:
  std::unique_ptr<DecoderLayer> layer_;
  double norm_eps_;
  at::Tensor embedding_norm_, hidden_norm_;  // enorm, hnorm [hidden]
  at::Tensor join_weight_;                   // eh_proj [hidden, 2 · hidden], embedding first
  at::Tensor output_norm_;                   // shared_head.norm [hidden]
};

}  // namespace fathom::nn
