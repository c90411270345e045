#include "fathom/nn/layer_norm.h"

namespace fathom::nn {

LayerNorm::LayerNorm(std::int64_t width, double eps, at::TensorOptions tensors)
    : weight_(at::ones({width}, tensors)), bias_(at::zeros({width}, tensors)), eps_(eps) {}

at::Tensor LayerNorm::forward(const at::Tensor& x) const {
  return at::layer_norm(x, weight_.sizes(), weight_.to(x.scalar_type()), bias_.to(x.scalar_type()), eps_);
}

void LayerNorm::collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const {
  out.push_back({prefix + "weight", weight_, false});
  out.push_back({prefix + "bias", bias_, false});
}

void LayerNorm::collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const {
  out.push_back({prefix + "weight", weight_.detach()});
  out.push_back({prefix + "bias", bias_.detach()});
}

}  // namespace fathom::nn
