#include "fathom/nn/dense_layer.h"

#include "fathom/ops/linear.h"

namespace fathom::nn {

DenseLayer::DenseLayer(std::int64_t in, std::int64_t out, at::TensorOptions tensors)
    : weight_(at::empty({out, in}, tensors)), bias_(at::empty({out}, tensors)) {}

at::Tensor DenseLayer::forward(const at::Tensor& x) const {
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = weight_.size(0);
  return ops::linear(x.reshape({-1, weight_.size(1)}), weight_, bias_).view(shape);
}

void DenseLayer::collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const {
  out.push_back({prefix + "weight", weight_});
  out.push_back({prefix + "bias", bias_, false});
}

void DenseLayer::collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const {
  out.push_back({prefix + "weight", weight_.detach()});
  out.push_back({prefix + "bias", bias_.detach()});
}

}  // namespace fathom::nn
