// DeepSeekMoE (DeepSeek-V3 §2.1.2): routed experts chosen by a sigmoid gate, and shared experts that every token passes.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fathom/nn/feed_forward.h"
#include "fathom/nn/mlp.h"
#include "fathom/ops/moe.h"

namespace fathom::nn {

struct MixtureOfExpertsOptions {
  std::int64_t hidden_size = 0, width = 0;  // width of one expert
  std::int64_t experts = 0, shared_experts = 0;
  ops::RouterOptions router;
  std::int64_t place = 0;  // among the model's expert layers: where a replayed routing is found
};

class MixtureOfExperts : public FeedForward {
 public:
  MixtureOfExperts(const MixtureOfExpertsOptions& options, at::TensorOptions tensors);

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override;
  void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const override;

  // [experts] fp32: added to the scores for the selection only (auxiliary-loss-free balancing). Not a parameter.
  const at::Tensor& correction_bias() const { return correction_bias_; }

 private:
  void record(const ops::Routing& routing, const ForwardContext& context) const;

  MixtureOfExpertsOptions options_;
  at::Tensor router_weight_;  // [experts, hidden]
  at::Tensor correction_bias_;
  at::Tensor gate_up_weight_;  // [experts, 2 · width, hidden]
  at::Tensor down_weight_;     // [experts, hidden, width]
  std::optional<Mlp> shared_;
};

}  // namespace fathom::nn
