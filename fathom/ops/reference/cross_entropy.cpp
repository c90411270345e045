#include "fathom/ops/cross_entropy.h"
#include "fathom/ops/cross_entropy_shapes.h"

namespace fathom::ops::reference {
namespace {

at::Tensor all_log_probs(const at::Tensor& hidden, const at::Tensor& weight, double temperature, const at::Tensor& bias = {}) {
  const at::ScalarType wide = hidden.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  at::Tensor logits = at::matmul(hidden, weight.to(hidden.scalar_type()).t()).to(wide);
  if (bias.defined()) logits = logits + bias.to(wide);
  return at::log_softmax(logits / temperature, -1);
}

}  // namespace

at::Tensor linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                                const CrossEntropyOptions& options) {
  check_projection("linear_cross_entropy", hidden, weight, targets, true);
  const at::Tensor ignored = targets.eq(ignore_index);
  const at::Tensor chosen = targets.masked_fill(ignored, 0).unsqueeze(1);
  const at::Tensor log_probs = all_log_probs(hidden, weight, 1.0, options.bias.value_or(at::Tensor()));
  const at::Tensor target = log_probs.gather(1, chosen).squeeze(1), all = log_probs.mean(-1);
  return (target * (1.0 - options.label_smoothing) + all * options.label_smoothing).neg().masked_fill(ignored, 0.0);
}

TokenLogProbs linear_log_probs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature) {
  check_projection("linear_log_probs", hidden, weight, targets, false);
  const at::Tensor log_probs = all_log_probs(hidden, weight, temperature);
  TokenLogProbs result;
  result.log_probs = log_probs.gather(1, targets.unsqueeze(1)).squeeze(1);
  const at::Tensor detached = log_probs.detach();
  result.entropy = (detached.exp() * detached).masked_fill(detached.isneginf(), 0.0).sum(-1).neg();
  return result;
}

}  // namespace fathom::ops::reference
