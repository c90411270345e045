#include "fathom/ops/adamw.h"

#include <fmt/ranges.h>

#include <cmath>

#include "fathom/base/error.h"
#include "fathom/ops/cpu/adamw.h"
#include "fathom/ops/dispatch.h"
#include "fathom/ops/torch_compat.h"

namespace fathom::ops {

void adamw_(at::Tensor& parameter, const at::Tensor& gradient, at::Tensor& exp_avg, at::Tensor& exp_avg_sq, const AdamWStep& step) {
  require(gradient.sizes() == parameter.sizes() && exp_avg.sizes() == parameter.sizes() && exp_avg_sq.sizes() == parameter.sizes(),
          "adamw: parameter [{}], gradient [{}], moments [{}] and [{}]; expected equal shapes", fmt::join(parameter.sizes(), ", "),
          fmt::join(gradient.sizes(), ", "), fmt::join(exp_avg.sizes(), ", "), fmt::join(exp_avg_sq.sizes(), ", "));
  require(step.step >= 1, "adamw: step {}; steps count from 1", step.step);
  const auto on_cuda = [](const at::Tensor& t) { return t.is_cuda() && t.scalar_type() == at::kFloat && t.is_contiguous(); };
  if (compat::has_fused_adamw && on_cuda(parameter) && on_cuda(gradient) && on_cuda(exp_avg) && on_cuda(exp_avg_sq) &&
      step.grad_scale != 0.0) {
    compat::fused_adamw_(parameter, gradient, exp_avg, exp_avg_sq, step.learning_rate, step.beta1, step.beta2, step.weight_decay, step.eps,
                         step.step, step.grad_scale);
    return;
  }
  const bool dense = parameter.is_contiguous() && exp_avg.is_contiguous() && exp_avg_sq.is_contiguous();
  if (!dense || !all_cpu_fp32(parameter, gradient, exp_avg, exp_avg_sq)) {
    reference::adamw_(parameter, gradient, exp_avg, exp_avg_sq, step);
    return;
  }
  const double power = static_cast<double>(step.step);
  cpu::AdamWFactors factors{};
  factors.beta1 = static_cast<float>(step.beta1);
  factors.beta2 = static_cast<float>(step.beta2);
  factors.eps = static_cast<float>(step.eps);
  factors.grad_scale = static_cast<float>(step.grad_scale);
  factors.keep = static_cast<float>(1.0 - step.learning_rate * step.weight_decay);
  factors.step_size = static_cast<float>(step.learning_rate / (1.0 - std::pow(step.beta1, power)));
  factors.second_scale = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(step.beta2, power)));
  const at::Tensor g = gradient.contiguous();
  cpu::adamw(parameter.numel(), factors, g.data_ptr<float>(), parameter.data_ptr<float>(), exp_avg.data_ptr<float>(),
             exp_avg_sq.data_ptr<float>());
}

double global_norm(const std::vector<at::Tensor>& gradients) {
  double sum = 0.0;
  std::vector<at::Tensor> others;
  for (const at::Tensor& gradient : gradients) {
    if (!gradient.defined()) continue;
    if (!all_cpu_fp32(gradient)) {
      others.push_back(gradient.detach().to(at::kFloat).square().sum(at::kDouble));  // read back together, below
      continue;
    }
    const at::Tensor g = gradient.contiguous();
    sum += cpu::sum_of_squares(g.numel(), g.data_ptr<float>());
  }
  if (!others.empty()) sum += at::stack(others).sum().item<double>();
  return std::sqrt(sum);
}

}  // namespace fathom::ops
