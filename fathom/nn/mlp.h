// The dense feed-forward block: SwiGLU (Shazeer 2020). One product computes gate and up.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fathom/nn/feed_forward.h"

namespace fathom::nn {

class Mlp : public FeedForward {
 public:
  Mlp(std::int64_t hidden_size, std::int64_t width, bool bias, at::TensorOptions tensors);

  at::Tensor forward(const at::Tensor& x) const;
  at::Tensor forward(const at::Tensor& x, const ForwardContext&) const override { return forward(x); }
  void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const override;

 private:
  std::int64_t width_;
  at::Tensor gate_up_weight_;  // [2 · width, hidden], gate first
  std::optional<at::Tensor> gate_up_bias_;
  at::Tensor down_weight_;  // [hidden, width]
  std::optional<at::Tensor> down_bias_;
};

}  // namespace fathom::nn
