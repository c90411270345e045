#include "fathom/ops/rms_norm.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include "fathom/base/error.h"
#include "fathom/ops/cpu/rms_norm.h"
#include "fathom/ops/dispatch.h"

namespace fathom::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void check(const at::Tensor& x, const at::Tensor& weight) {
  require(x.dim() >= 1 && weight.dim() == 1 && x.size(-1) == weight.size(0),
          "rms_norm: x [{}], weight [{}]; expected [..., width] and [width]", fmt::join(x.sizes(), ", "), fmt::join(weight.sizes(), ", "));
}

// A tensor seen as rows, which may lie apart in memory.
struct Rows {
  at::Tensor tensor;
  std::int64_t count, stride;

  explicit Rows(const at::Tensor& x) {
    const std::int64_t width = x.size(-1);
    const bool strided = x.dim() == 2 && x.stride(1) == 1 && x.stride(0) >= width;
    tensor = strided ? x : x.contiguous();
    count = width == 0 ? 0 : x.numel() / width;
    stride = strided ? x.stride(0) : width;
  }
  const float* data() const { return tensor.data_ptr<float>(); }
};

const float* data_or_null(const at::Tensor& t) { return t.defined() ? t.data_ptr<float>() : nullptr; }

struct Forward {
  at::Tensor normed, sum, scales;
};

Forward run_forward(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight_in, double eps) {
  const Rows rows(x);
  const at::Tensor weight = weight_in.contiguous(), other = residual.defined() ? residual.contiguous() : residual;
  Forward result;
  result.normed = at::empty(x.sizes(), x.options());
  result.scales = at::empty({rows.count}, x.options());
  if (residual.defined()) result.sum = at::empty(x.sizes(), x.options());
  cpu::rms_norm_forward(rows.count, x.size(-1), rows.data(), rows.stride, data_or_null(other), weight.data_ptr<float>(),
                        static_cast<float>(eps), result.sum.defined() ? result.sum.data_ptr<float>() : nullptr,
                        result.normed.data_ptr<float>(), result.scales.data_ptr<float>());
  return result;
}

// {gradient of what was normalised, gradient of the weight}, each only where wanted.
std::pair<at::Tensor, at::Tensor> run_backward(const at::Tensor& x, const at::Tensor& weight_in, const at::Tensor& scales,
                                               const at::Tensor& grad_y_in, const at::Tensor& grad_sum_in, bool want_x, bool want_weight) {
  const Rows rows(x);
  const at::Tensor weight = weight_in.contiguous();
  const at::Tensor grad_y = grad_y_in.contiguous(), grad_sum = grad_sum_in.defined() ? grad_sum_in.contiguous() : grad_sum_in;
  at::Tensor grad_x = want_x ? at::empty(x.sizes(), x.options()) : at::Tensor();
  at::Tensor grad_weight = want_weight ? at::empty(weight.sizes(), weight.options()) : at::Tensor();
  cpu::rms_norm_backward(rows.count, x.size(-1), rows.data(), rows.stride, weight.data_ptr<float>(), scales.data_ptr<float>(),
                         grad_y.data_ptr<float>(), data_or_null(grad_sum), want_x ? grad_x.data_ptr<float>() : nullptr,
                         want_weight ? grad_weight.data_ptr<float>() : nullptr);
  return {grad_x, grad_weight};
}

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight, double eps) {
    const Forward result = run_forward(x, {}, weight, eps);
    ctx->save_for_backward({x, weight, result.scales});
    return result.normed;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    if (!grads[0].defined()) return {at::Tensor(), at::Tensor(), at::Tensor()};
    const variable_list saved = ctx->get_saved_variables();
    auto [grad_x, grad_weight] =
        run_backward(saved[0], saved[1], saved[2], grads[0], {}, ctx->needs_input_grad(0), ctx->needs_input_grad(1));
    return {grad_x, grad_weight, at::Tensor()};
  }
};

struct AddRmsNorm : torch::autograd::Function<AddRmsNorm> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight,
                               double eps) {
    const Forward result = run_forward(x, residual, weight, eps);
    ctx->save_for_backward({result.sum, weight, result.scales});
    ctx->set_materialize_grads(false);
    return {result.normed, result.sum};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const at::Tensor &grad_normed = grads[0], &grad_sum = grads[1];
    if (!grad_normed.defined()) return {grad_sum, grad_sum, at::Tensor(), at::Tensor()};
    const variable_list saved = ctx->get_saved_variables();
    auto [grad_x, grad_weight] = run_backward(saved[0], saved[1], saved[2], grad_normed, grad_sum,
                                              ctx->needs_input_grad(0) || ctx->needs_input_grad(1), ctx->needs_input_grad(2));
    return {grad_x, grad_x, grad_weight, at::Tensor()};
  }
};

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  check(x, weight);
  if (!all_cpu_fp32(x, weight)) return reference::rms_norm(x, weight, eps);
  return needs_graph(x, weight) ? RmsNorm::apply(x, weight, eps) : run_forward(x, {}, weight, eps).normed;
}

std::pair<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, double eps) {
  check(x, weight);
  require(x.sizes() == residual.sizes(), "add_rms_norm: x [{}], residual [{}]; expected equal shapes", fmt::join(x.sizes(), ", "),
          fmt::join(residual.sizes(), ", "));
  if (!all_cpu_fp32(x, residual, weight)) {
    const at::Tensor sum = residual + x;
    return {reference::rms_norm(sum, weight, eps), sum};
  }
  if (needs_graph(x, residual, weight)) {
    const variable_list both = AddRmsNorm::apply(x, residual, weight, eps);
    return {both[0], both[1]};
  }
  const Forward result = run_forward(x, residual, weight, eps);
  return {result.normed, result.sum};
}

}  // namespace fathom::ops
