#include "fathom/ops/attentive_lstm.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include "fathom/base/error.h"
#include "fathom/ops/attentive_lstm_passes.h"
#include "fathom/ops/dispatch.h"

namespace fathom::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool on_cpu_kernel(const AttentiveLstmInput& in) { return all_cpu_fp32(in.gates, in.weight, in.memory, in.keys, in.state, in.cell); }

AttentiveLstmPass run_forward(const AttentiveLstmInput& in) {
  return on_cpu_kernel(in) ? attentive_lstm_on_cpu(in) : attentive_lstm_by_tensors(in);
}

struct AttentiveLstm : torch::autograd::Function<AttentiveLstm> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& gates, const at::Tensor& weight, const at::Tensor& memory,
                               const at::Tensor& keys, const at::Tensor& state, const at::Tensor& cell, const at::Tensor& lengths) {
    const AttentiveLstmPass pass = run_forward({gates, weight, memory, keys, lengths, state, cell});
    ctx->save_for_backward({weight, memory, keys, state, cell, lengths, pass.output.states, pass.output.attention, pass.cells, pass.gates});
    // The last cell apart from `cells`, of which it would be a view.
    return {pass.output.states, pass.output.attention, pass.output.cell.clone()};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    // The words' share of the gates is not needed again: their sum is among what was kept.
    const AttentiveLstmInput in{saved[9], saved[0], saved[1], saved[2], saved[5], saved[3], saved[4]};
    const AttentiveLstmPass pass{{saved[6], saved[7], at::Tensor()}, saved[8], saved[9]};
    const auto given = [](const at::Tensor& grad, const at::Tensor& like) {
      return grad.defined() ? grad.clone(at::MemoryFormat::Contiguous) : at::zeros_like(like);
    };
    const AttentiveLstmOutput of_output{given(grads[0], pass.output.states), given(grads[1], pass.output.attention),
                                        given(grads[2], in.cell)};
    const AttentiveLstmGradients out =
        on_cpu_kernel(in) ? attentive_lstm_gradients_on_cpu(in, pass, of_output) : attentive_lstm_gradients_by_tensors(in, pass, of_output);
    return {out.gates, out.weight, out.memory, out.keys, out.state, out.cell, at::Tensor()};
  }
};

void require_shapes(const AttentiveLstmInput& in) {
  const auto is = [](const at::Tensor& t, std::initializer_list<std::int64_t> sizes) { return t.sizes() == at::IntArrayRef(sizes); };
  require(
      in.gates.dim() == 3 && in.gates.size(0) > 0 && in.memory.dim() == 3 && in.memory.size(0) > 0 && in.cell.dim() == 2,
      "attentive_lstm: gates [{}], memory [{}], cell [{}]; [steps, rows, 4 * width], [memories, length, memory_width] and [rows, width] "
      "are expected",
      fmt::join(in.gates.sizes(), ", "), fmt::join(in.memory.sizes(), ", "), fmt::join(in.cell.sizes(), ", "));
  const std::int64_t rows = in.gates.size(1), width = in.cell.size(1), memories = in.memory.size(0), memory_width = in.memory.size(2);
  require(is(in.gates, {in.gates.size(0), rows, 4 * width}) && is(in.weight, {4 * width, memory_width + width}) &&
              is(in.keys, {memories, in.memory.size(1), width}) && is(in.lengths, {memories}) &&
              is(in.state, {rows, memory_width + width}) && is(in.cell, {rows, width}) && rows % memories == 0,
          "attentive_lstm: gates [{}], weight [{}], memory [{}], keys [{}], lengths [{}], state [{}], cell [{}] do not fit together",
          fmt::join(in.gates.sizes(), ", "), fmt::join(in.weight.sizes(), ", "), fmt::join(in.memory.sizes(), ", "),
          fmt::join(in.keys.sizes(), ", "), fmt::join(in.lengths.sizes(), ", "), fmt::join(in.state.sizes(), ", "),
          fmt::join(in.cell.sizes(), ", "));
}

}  // namespace

AttentiveLstmOutput attentive_lstm(const AttentiveLstmInput& given) {
  require_shapes(given);
  const AttentiveLstmInput in{given.gates.contiguous(),   given.weight.contiguous(), given.memory.contiguous(), given.keys.contiguous(),
                              given.lengths.contiguous(), given.state.contiguous(),  given.cell.contiguous()};
  if (!needs_graph(in.gates, in.weight, in.memory, in.keys, in.state, in.cell)) return run_forward(in).output;
  const variable_list out = AttentiveLstm::apply(in.gates, in.weight, in.memory, in.keys, in.state, in.cell, in.lengths);
  return {out[0], out[1], out[2]};
}

}  // namespace fathom::ops
