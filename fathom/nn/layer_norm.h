// Layer normalisation over the last dimension, with gain and bias.
#pragma once

#include "fathom/nn/module.h"

namespace fathom::nn {

class LayerNorm final : public Module {
 public:
  LayerNorm(std::int64_t width, double eps, at::TensorOptions tensors);  // gain one, bias zero
  // x [..., width] → the same shape and dtype.
  at::Tensor forward(const at::Tensor& x) const;

  void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const override;

 private:
  at::Tensor weight_, bias_;
  double eps_;
};

}  // namespace fathom::nn
