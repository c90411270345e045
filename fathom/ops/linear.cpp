#include "fathom/ops/linear.h"

#include <ATen/core/grad_mode.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include "fathom/base/error.h"
#include "fathom/ops/cpu/linear.h"
#include "fathom/ops/torch_compat.h"

namespace fathom::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool on_cpu_kernel(const at::Tensor& x, const at::Tensor& weight) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat;
}

// The weight in the dtype of the activations (master weights are fp32 where activations are bf16).
at::Tensor forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (on_cpu_kernel(x, weight)) return cpu::linear_forward(x, weight, bias);
  const at::ScalarType dtype = x.scalar_type();
  return at::linear(x, weight.to(dtype), compat::OptionalTensor(bias.defined() ? bias.to(dtype) : at::Tensor()));
}

struct Linear : torch::autograd::Function<Linear> {
  // The bias is optional here because libtorch 1.13 refuses undefined tensors as arguments.
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight, const compat::OptionalTensor& bias) {
    ctx->save_for_backward({x, weight});
    ctx->saved_data["bias_dtype"] = bias ? static_cast<std::int64_t>(bias->scalar_type()) : std::int64_t{-1};
    return ops::forward(x, weight, bias ? *bias : at::Tensor());
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &grad = grads[0], &x = saved[0], &weight = saved[1];
    if (!grad.defined()) return {at::Tensor(), at::Tensor(), at::Tensor()};
    const bool kernel = on_cpu_kernel(x, weight) && grad.scalar_type() == at::kFloat;
    const std::int64_t bias_dtype = ctx->saved_data["bias_dtype"].toInt();
    at::Tensor grad_x, grad_weight, grad_bias;
    if (ctx->needs_input_grad(0)) {
      grad_x = kernel ? cpu::linear_grad_input(grad, weight) : at::matmul(grad, weight.to(grad.scalar_type()));
    }
    if (ctx->needs_input_grad(1)) {
      grad_weight = kernel ? cpu::linear_grad_weight(grad, x) : at::matmul(grad.t(), x).to(weight.scalar_type());
    }
    if (bias_dtype >= 0 && ctx->needs_input_grad(2)) {
      grad_bias = kernel ? cpu::linear_grad_bias(grad) : at::sum(grad, {0}, false, static_cast<at::ScalarType>(bias_dtype));
    }
    return {grad_x, grad_weight, grad_bias};
  }
};

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias_in) {
  const at::Tensor bias = bias_in ? *bias_in : at::Tensor();
  require(x.dim() == 2 && weight.dim() == 2 && x.size(1) == weight.size(1) &&
              (!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(0))),
          "linear: x [{}], weight [{}]{}; expected [tokens, in], [out, in] and a bias of [out]", fmt::join(x.sizes(), ", "),
          fmt::join(weight.sizes(), ", "), bias.defined() ? fmt::format(", bias [{}]", fmt::join(bias.sizes(), ", ")) : "");
  const bool needs_graph =
      at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad() || (bias.defined() && bias.requires_grad()));
  return needs_graph ? Linear::apply(x, weight, bias.defined() ? compat::OptionalTensor(bias) : compat::OptionalTensor())
                     : forward(x, weight, bias);
}

}  // namespace fathom::ops
