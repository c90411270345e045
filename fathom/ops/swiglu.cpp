#include "fathom/ops/swiglu.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include "fathom/base/error.h"
#include "fathom/ops/cpu/swiglu.h"
#include "fathom/ops/dispatch.h"

namespace fathom::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor dense_rows(const at::Tensor& t) { return t.stride(1) == 1 && t.stride(0) >= t.size(1) ? t : t.contiguous(); }

at::Tensor run_forward(const at::Tensor& gate_up_in) {
  const at::Tensor gate_up = dense_rows(gate_up_in);
  const std::int64_t rows = gate_up.size(0), width = gate_up.size(1) / 2;
  at::Tensor y = at::empty({rows, width}, gate_up.options());
  cpu::swiglu_forward(rows, width, gate_up.data_ptr<float>(), gate_up.stride(0), y.data_ptr<float>());
  return y;
}

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& gate_up) {
    ctx->save_for_backward({gate_up});
    return run_forward(gate_up);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const at::Tensor gate_up = dense_rows(ctx->get_saved_variables()[0]), grad_y = grads[0].contiguous();
    const std::int64_t rows = gate_up.size(0), width = gate_up.size(1) / 2;
    at::Tensor grad = at::empty({rows, 2 * width}, gate_up.options());
    cpu::swiglu_backward(rows, width, gate_up.data_ptr<float>(), gate_up.stride(0), grad_y.data_ptr<float>(), grad.data_ptr<float>());
    return {grad};
  }
};

}  // namespace

at::Tensor swiglu(const at::Tensor& gate_up) {
  require(gate_up.dim() == 2 && gate_up.size(1) % 2 == 0, "swiglu: input [{}]; expected [tokens, 2 * width]",
          fmt::join(gate_up.sizes(), ", "));
  if (!all_cpu_fp32(gate_up)) return reference::swiglu(gate_up);
  return needs_graph(gate_up) ? SwiGlu::apply(gate_up) : run_forward(gate_up);
}

}  // namespace fathom::ops
