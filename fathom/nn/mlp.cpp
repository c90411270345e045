#include "fathom/nn/mlp.h"

#include "fathom/ops/linear.h"
#include "fathom/ops/swiglu.h"

namespace fathom::nn {

Mlp::Mlp(std::int64_t hidden_size, std::int64_t width, bool bias, at::TensorOptions tensors) : width_(width) {
  gate_up_weight_ = at::empty({2 * width, hidden_size}, tensors);
  down_weight_ = at::empty({hidden_size, width}, tensors);
  if (!bias) return;
  gate_up_bias_ = at::empty({2 * width}, tensors);
  down_bias_ = at::empty({hidden_size}, tensors);
}

at::Tensor Mlp::forward(const at::Tensor& x) const {
  return ops::linear(ops::swiglu(ops::linear(x, gate_up_weight_, gate_up_bias_)), down_weight_, down_bias_);
}

void Mlp::collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const {
  out.push_back({prefix + "gate_up_proj.weight", gate_up_weight_});
  if (gate_up_bias_) out.push_back({prefix + "gate_up_proj.bias", *gate_up_bias_, false});
  out.push_back({prefix + "down_proj.weight", down_weight_});
  if (down_bias_) out.push_back({prefix + "down_proj.bias", *down_bias_, false});
}

void Mlp::collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const {
  const at::Tensor weight = gate_up_weight_.detach();
  out.push_back({prefix + "gate_proj.weight", weight.narrow(0, 0, width_)});
  out.push_back({prefix + "up_proj.weight", weight.narrow(0, width_, width_)});
  if (gate_up_bias_) {
    const at::Tensor bias = gate_up_bias_->detach();
    out.push_back({prefix + "gate_proj.bias", bias.narrow(0, 0, width_)});
    out.push_back({prefix + "up_proj.bias", bias.narrow(0, width_, width_)});
  }
  out.push_back({prefix + "down_proj.weight", down_weight_.detach()});
  if (down_bias_) out.push_back({prefix + "down_proj.bias", down_bias_->detach()});
}

}  // namespace fathom::nn
