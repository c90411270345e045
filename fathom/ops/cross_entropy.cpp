#include "fathom/ops/cross_entropy.h"

namespace fathom::ops {

at::Tensor linear_cross_entropy_sum(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                                    const at::Tensor& grad_weights) {
  return (reference::linear_cross_entropy(hidden, weight, targets) * grad_weights).sum();
}

at::Tensor linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets) {
  const at::NoGradGuard no_grad;
  return reference::linear_cross_entropy(hidden, weight, targets);
}

TokenLogProbs linear_log_probs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature) {
  return reference::linear_log_probs(hidden, weight, targets, temperature);
}

}  // namespace fathom::ops
