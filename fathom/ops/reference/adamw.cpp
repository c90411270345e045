#include "fathom/ops/adamw.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

namespace fathom::ops::reference {

void adamw_(at::Tensor& parameter, const at::Tensor& gradient, at::Tensor& exp_avg, at::Tensor& exp_avg_sq, const AdamWStep& step) {
  const at::NoGradGuard no_grad;
  const at::Tensor g = gradient.to(parameter.scalar_type()) * step.grad_scale;
  exp_avg.mul_(step.beta1).add_(g, 1.0 - step.beta1);
  exp_avg_sq.mul_(step.beta2).addcmul_(g, g, 1.0 - step.beta2);
  const double correction1 = 1.0 - std::pow(step.beta1, static_cast<double>(step.step));
  const double correction2 = 1.0 - std::pow(step.beta2, static_cast<double>(step.step));
  const at::Tensor denominator = exp_avg_sq.sqrt().div_(std::sqrt(correction2)).add_(step.eps);
  parameter.mul_(1.0 - step.learning_rate * step.weight_decay).addcdiv_(exp_avg, denominator, -step.learning_rate / correction1);
}

double global_norm(const std::vector<at::Tensor>& gradients) {
  double sum = 0.0;
  for (const at::Tensor& gradient : gradients) {
    if (gradient.defined()) sum += gradient.detach().to(at::kDouble).square().sum().item<double>();
  }
  return std::sqrt(sum);
}

}  // namespace fathom::ops::reference
