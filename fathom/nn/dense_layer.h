// A linear map with bias, of tensors of any number of dimensions.
#pragma once

#include "fathom/nn/module.h"

namespace fathom::nn {

class DenseLayer final : public Module {
 public:
  // Values are left uninitialised: see initialize_glorot().
  DenseLayer(std::int64_t in, std::int64_t out, at::TensorOptions tensors);
  // x [..., in] → [..., out], in the dtype of x.
  at::Tensor forward(const at::Tensor& x) const;
  const at::Tensor& weight() const { return weight_; }  // [out, in]
  const at::Tensor& bias() const { return bias_; }      // [out]

  void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const override;

 private:
  at::Tensor weight_, bias_;
};

}  // namespace fathom::nn
