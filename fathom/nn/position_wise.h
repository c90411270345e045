// The two-layer network that transformer blocks apply to every position (Vaswani et al. 2017, §3.3): ReLU, or GELU in newer blocks.
#pragma once

#include "fathom/nn/dense_layer.h"

namespace fathom::nn {

class PositionWise final : public Module {
 public:
  PositionWise(std::int64_t width, std::int64_t inner, bool gelu, at::TensorOptions tensors)
      : up_(width, inner, tensors), down_(inner, width, tensors), gelu_(gelu) {}

  // x [..., width] → [..., width]; no residual.
  at::Tensor forward(const at::Tensor& x) const {
    const at::Tensor inner = up_.forward(x);
    return down_.forward(gelu_ ? at::gelu(inner) : at::relu(inner));
  }

  void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const override {
    up_.collect_parameters(prefix + "up_proj.", out);
    down_.collect_parameters(prefix + "down_proj.", out);
  }
  void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const override {
    up_.collect_checkpoint(prefix + "up_proj.", out);
    down_.collect_checkpoint(prefix + "down_proj.", out);
  }

 private:
  DenseLayer up_, down_;
  bool gelu_;
};

}  // namespace fathom::nn
