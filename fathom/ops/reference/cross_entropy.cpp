#include "fathom/ops/cross_entropy.h"
#include "fathom/ops/cross_entropy_shapes.h"

namespace fathom::ops::reference {
namespace {

at::Tensor all_log_probs(const at::Tensor& hidden, const at::Tensor& weight, double temperature) {
  const at::ScalarType wide = hidden.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return at::log_softmax(at::matmul(hidden, weight.to(hidden.scalar_type()).t()).to(wide) / temperature, -1);
}

}  // namespace

at::Tensor linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets) {
  check_projection("linear_cross_entropy", hidden, weight, targets, true);
  const at::Tensor ignored = targets.eq(ignore_index);
  const at::Tensor chosen = targets.masked_fill(ignored, 0).unsqueeze(1);
  return all_log_probs(hidden, weight, 1.0).gather(1, chosen).squeeze(1).neg().masked_fill(ignored, 0.0);
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
