#include "fathom/nn/multi_token_module.h"

#include <utility>

#include "fathom/ops/linear.h"
#include "fathom/ops/rms_norm.h"

namespace fathom::nn {

MultiTokenModule::MultiTokenModule(std::unique_ptr<DecoderLayer> layer, std::int64_t hidden_size, double norm_eps,
                                   at::TensorOptions tensors)
    : layer_(std::move(layer)),
      norm_eps_(norm_eps),
      embedding_norm_(at::empty({hidden_size}, tensors)),
      hidden_norm_(at::empty({hidden_size}, tensors)),
      join_weight_(at::empty({hidden_size, 2 * hidden_size}, tensors)),
      output_norm_(at::empty({hidden_size}, tensors)) {}

at::Tensor MultiTokenModule::forward(const at::Tensor& hidden, const at::Tensor& embedding, const ForwardContext& context) const {
  const at::Tensor joined =
      at::cat({ops::rms_norm(embedding, embedding_norm_, norm_eps_), ops::rms_norm(hidden, hidden_norm_, norm_eps_)}, 1);
  ResidualStream stream{ops::linear(joined, join_weight_), {}};
  layer_->forward(stream, context);
  return stream.normalize(output_norm_, norm_eps_);
}

void MultiTokenModule::collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const {
  out.push_back({prefix + "enorm.weight", embedding_norm_, false});
  out.push_back({prefix + "hnorm.weight", hidden_norm_, false});
  out.push_back({prefix + "eh_proj.weight", join_weight_});
  layer_->collect_parameters(prefix, out);
  out.push_back({prefix + "shared_head.norm.weight", output_norm_, false});
}

void MultiTokenModule::collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const {
  out.push_back({prefix + "enorm.weight", embedding_norm_.detach()});
  out.push_back({prefix + "hnorm.weight", hidden_norm_.detach()});
  out.push_back({prefix + "eh_proj.weight", join_weight_.detach()});
  layer_->collect_checkpoint(prefix, out);
  out.push_back({prefix + "shared_head.norm.weight", output_norm_.detach()});
}

}  // namespace fathom::nn
