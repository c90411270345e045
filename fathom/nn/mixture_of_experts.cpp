#include "fathom/nn/mixture_of_experts.h"

#include "fathom/base/error.h"
#include "fathom/ops/linear.h"

namespace fathom::nn {

MixtureOfExperts::MixtureOfExperts(const MixtureOfExpertsOptions& options, at::TensorOptions tensors) : options_(options) {
  router_weight_ = at::empty({options.experts, options.hidden_size}, tensors);
  correction_bias_ = at::zeros({options.experts}, tensors.dtype(at::kFloat));
  gate_up_weight_ = at::empty({options.experts, 2 * options.width, options.hidden_size}, tensors);
  down_weight_ = at::empty({options.experts, options.hidden_size, options.width}, tensors);
  if (options.shared_experts > 0) shared_.emplace(options.hidden_size, options.shared_experts * options.width, false, tensors);
}

at::Tensor MixtureOfExperts::forward(const at::Tensor& x, const ForwardContext& context) const {
  at::Tensor replayed;
  if (context.replay != nullptr && options_.place < static_cast<std::int64_t>(context.replay->size())) {
    replayed = (*context.replay)[static_cast<std::size_t>(options_.place)];
    require(replayed.dim() == 2 && replayed.size(0) == x.size(0) && replayed.size(1) == options_.router.top_k,
            "the replayed routing of expert layer {} does not fit {} tokens of {} experts each", options_.place, x.size(0),
            options_.router.top_k);
  }
  // The router works in fp32 whatever the activations are (in double where the parameters are).
  const at::ScalarType wide = router_weight_.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const at::Tensor logits = ops::linear(x.to(wide), router_weight_.to(wide));
  const ops::Routing routing = ops::route(logits, correction_bias_, options_.router, replayed);
  record(routing, context);
  const at::Tensor routed = ops::moe_experts(x, routing, gate_up_weight_, down_weight_);
  return shared_ ? routed + shared_->forward(x) : routed;
}

void MixtureOfExperts::record(const ops::Routing& routing, const ForwardContext& context) const {
  RoutingRecord* record = context.routing;
  if (record == nullptr) return;
  record->counts.push_back(routing.counts);
  if (record->keep_experts) record->experts.push_back(routing.experts);
  if (!record->want_balance_loss) return;
  const at::Tensor loss = ops::sequence_balance_loss(routing, context.sequences);
  record->balance_loss = record->balance_loss.defined() ? record->balance_loss + loss : loss;
}

void MixtureOfExperts::collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const {
  out.push_back({prefix + "gate.weight", router_weight_});
  out.push_back({prefix + "experts.gate_up_proj", gate_up_weight_});
  out.push_back({prefix + "experts.down_proj", down_weight_});
  if (shared_) shared_->collect_parameters(prefix + "shared_experts.", out);
}

void MixtureOfExperts::collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const {
  out.push_back({prefix + "gate.weight", router_weight_.detach()});
  out.push_back({prefix + "gate.e_score_correction_bias", correction_bias_, true});
  const at::Tensor gate_up = gate_up_weight_.detach(), down = down_weight_.detach();
  for (std::int64_t expert = 0; expert < options_.experts; ++expert) {
    const std::string name = prefix + "experts." + std::to_string(expert) + ".";
    out.push_back({name + "gate_proj.weight", gate_up.select(0, expert).narrow(0, 0, options_.width)});
    out.push_back({name + "up_proj.weight", gate_up.select(0, expert).narrow(0, options_.width, options_.width)});
    out.push_back({name + "down_proj.weight", down.select(0, expert)});
  }
  if (shared_) shared_->collect_checkpoint(prefix + "shared_experts.", out);
}

}  // namespace fathom::nn
