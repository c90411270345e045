// ops::attentive_lstm with libtorch's kernels, for CUDA above all: few launches a step, none of autograd's, and gradients of weights, keys
// and memories as products over all steps at once.
#include <limits>
#include <tuple>

#include "fathom/ops/attentive_lstm_passes.h"

namespace fathom::ops {
namespace {

struct Cell {
  at::Tensor hidden, cell, gates;  // gates activated
};

Cell cell_of(const at::Tensor& words, const at::Tensor& recurrent, const at::Tensor& before) {
  if (words.is_cuda()) {
    auto [hidden, cell, gates] = at::_thnn_fused_lstm_cell(words, recurrent, before);
    return {hidden, cell, gates};
  }
  const std::vector<at::Tensor> parts = at::chunk(words + recurrent, 4, 1);
  const at::Tensor in = at::sigmoid(parts[0]), forget = at::sigmoid(parts[1]), candidate = at::tanh(parts[2]), out = at::sigmoid(parts[3]);
  const at::Tensor cell = forget * before + in * candidate;
  return {out * at::tanh(cell), cell, at::cat({in, forget, candidate, out}, 1)};
}

// Gradients of the gates before their activation, and of the cell before.
std::pair<at::Tensor, at::Tensor> cell_gradients(const at::Tensor& grad_hidden, const at::Tensor& grad_cell, const at::Tensor& before,
                                                 const at::Tensor& cell, const at::Tensor& gates) {
  if (gates.is_cuda()) {
    auto [grad_gates, grad_before, bias] =
        at::_thnn_fused_lstm_cell_backward_impl(grad_hidden, grad_cell, before, cell, gates, /*has_bias=*/false);
    return {grad_gates, grad_before};
  }
  const std::vector<at::Tensor> parts = at::chunk(gates, 4, 1);
  const at::Tensor &in = parts[0], &forget = parts[1], &candidate = parts[2], &out = parts[3], bent = at::tanh(cell);
  const at::Tensor of_cell = grad_cell + grad_hidden * out * (1 - bent * bent);
  return {at::cat({of_cell * candidate * in * (1 - in), of_cell * before * forget * (1 - forget),
                   of_cell * in * (1 - candidate * candidate), grad_hidden * bent * out * (1 - out)},
                  1),
          of_cell * forget};
}

}  // namespace

AttentiveLstmPass attentive_lstm_by_tensors(const AttentiveLstmInput& in) {
  const std::int64_t steps = in.gates.size(0), rows = in.gates.size(1), width = in.cell.size(1);
  const std::int64_t memories = in.memory.size(0), length = in.memory.size(1), memory_width = in.memory.size(2);
  const at::Tensor beyond = (at::arange(length, in.lengths.options()).unsqueeze(0) >= in.lengths.unsqueeze(1)).unsqueeze(1);
  const at::Tensor bias =
      at::zeros({memories, 1, length}, in.gates.options()).masked_fill_(beyond, -std::numeric_limits<float>::infinity());
  const at::Tensor keys = in.keys.transpose(1, 2), weight = in.weight.t();
  AttentiveLstmPass pass{{at::empty({steps, rows, memory_width + width}, in.gates.options()),
                          at::empty({steps, rows, length}, in.gates.options()), at::Tensor()},
                         at::empty({steps, rows, width}, in.gates.options()),
                         at::empty_like(in.gates)};
  at::Tensor state = in.state, cell = in.cell;
  for (std::int64_t t = 0; t < steps; ++t) {
    const Cell next = cell_of(in.gates[t], at::mm(state, weight), cell);
    const at::Tensor attention = at::softmax(at::baddbmm(bias, next.hidden.view({memories, rows / memories, width}), keys), 2);
    state = pass.output.states[t];
    state.narrow(1, 0, memory_width).copy_(at::bmm(attention, in.memory).view({rows, memory_width}));
    state.narrow(1, memory_width, width).copy_(next.hidden);
    pass.output.attention[t].copy_(attention.view({rows, length}));
    pass.cells[t].copy_(next.cell);
    pass.gates[t].copy_(next.gates);
    cell = next.cell;
  }
  pass.output.cell = cell;
  return pass;
}

AttentiveLstmGradients attentive_lstm_gradients_by_tensors(const AttentiveLstmInput& in, const AttentiveLstmPass& pass,
                                                           const AttentiveLstmOutput& grads) {
  const std::int64_t steps = in.gates.size(0), rows = in.gates.size(1), width = in.cell.size(1);
  const std::int64_t memories = in.memory.size(0), length = in.memory.size(1), memory_width = in.memory.size(2), shared = rows / memories;
  AttentiveLstmGradients out;
  out.gates = at::empty_like(pass.gates);
  const at::Tensor grad_scores = at::empty_like(pass.output.attention), memory = in.memory.transpose(1, 2);
  at::Tensor carried = at::zeros_like(in.state), grad_cell = grads.cell;
  for (std::int64_t t = steps - 1; t >= 0; --t) {
    const at::Tensor state = grads.states[t], context = state.narrow(1, 0, memory_width);
    state.add_(carried);
    const at::Tensor attention = pass.output.attention[t].view({memories, shared, length});
    const at::Tensor of_attention =
        at::baddbmm(grads.attention[t].view({memories, shared, length}), context.reshape({memories, shared, memory_width}), memory);
    const at::Tensor weighted = attention * of_attention;
    const at::Tensor scores = at::addcmul(weighted, attention, weighted.sum(2, true), -1);
    grad_scores[t].copy_(scores.view({rows, length}));
    state.narrow(1, memory_width, width).add_(at::bmm(scores, in.keys).view({rows, width}));
    at::Tensor gates;
    std::tie(gates, grad_cell) = cell_gradients(state.narrow(1, memory_width, width).contiguous(), grad_cell,
                                                t > 0 ? pass.cells[t - 1] : in.cell, pass.cells[t], pass.gates[t]);
    out.gates[t].copy_(gates);
    carried = at::mm(gates, in.weight);
  }
  out.state = carried;
  out.cell = grad_cell;
  const at::Tensor before = at::cat({in.state.unsqueeze(0), pass.output.states.narrow(0, 0, steps - 1)});
  out.weight = at::mm(out.gates.view({-1, 4 * width}).t(), before.view({-1, memory_width + width}));
  // Sums over the steps and the rows of a memory: [memories, length, steps * shared] · [memories, steps * shared, …].
  const auto by_memory = [&](const at::Tensor& t) {
    return t.view({steps, memories, shared, t.size(2)}).permute({1, 0, 2, 3}).reshape({memories, steps * shared, t.size(2)});
  };
  const at::Tensor hidden = pass.output.states.narrow(2, memory_width, width), contexts = grads.states.narrow(2, 0, memory_width);
  out.keys = at::bmm(by_memory(grad_scores).transpose(1, 2), by_memory(hidden.contiguous()));
  out.memory = at::bmm(by_memory(pass.output.attention).transpose(1, 2), by_memory(contexts.contiguous()));
  return out;
}

}  // namespace fathom::ops
