// ops::attentive_lstm in fp32 on the CPU. A row's attention is one pass over its memory, which stays in the cache from step to step;
// gradients of weights, keys and memories are products over all steps at once, after the loop.
#include <ATen/Parallel.h>

#include <algorithm>

#include "fathom/ops/attentive_lstm_passes.h"
#include "fathom/ops/cpu/attend.h"
#include "fathom/ops/cpu/gemm.h"
#include "fathom/ops/cpu/linear.h"
#include "fathom/ops/cpu/recurrent_steps.h"

namespace fathom::ops {
namespace {

struct Sizes {
  explicit Sizes(const AttentiveLstmInput& in)
      : steps(in.gates.size(0)),
        rows(in.gates.size(1)),
        width(in.cell.size(1)),
        memories(in.memory.size(0)),
        length(in.memory.size(1)),
        memory_width(in.memory.size(2)),
        state(memory_width + width),
        shared(rows / memories),
        lengths(in.lengths.data_ptr<std::int64_t>()),
        keys(in.keys.data_ptr<float>()),
        values(in.memory.data_ptr<float>()) {}
  cpu::AttendedMemory memory_of(std::int64_t row) const {
    const std::int64_t m = row / shared;
    return {lengths[m], width, memory_width, keys + m * length * width, values + m * length * memory_width};
  }
  std::int64_t steps, rows, width, memories, length, memory_width, state, shared;
  const std::int64_t* lengths;
  const float *keys, *values;
};

}  // namespace

AttentiveLstmPass attentive_lstm_on_cpu(const AttentiveLstmInput& in) {
  const Sizes n(in);
  AttentiveLstmPass pass{
      {at::empty({n.steps, n.rows, n.state}, in.gates.options()), at::zeros({n.steps, n.rows, n.length}, in.gates.options()), at::Tensor()},
      at::empty({n.steps, n.rows, n.width}, in.gates.options()),
      in.gates.clone()};
  auto *states = pass.output.states.data_ptr<float>(), *attention = pass.output.attention.data_ptr<float>();
  auto *cells = pass.cells.data_ptr<float>(), *gates = pass.gates.data_ptr<float>();
  const auto* weight = in.weight.data_ptr<float>();
  const float *state_before = in.state.data_ptr<float>(), *cell_before = in.cell.data_ptr<float>();
  for (std::int64_t t = 0; t < n.steps; ++t) {
    float *state = states + t * n.rows * n.state, *cell = cells + t * n.rows * n.width, *gate = gates + t * n.rows * 4 * n.width;
    cpu::add_recurrent(n.rows, n.state, 4 * n.width, state_before, weight, gate);
    cpu::lstm_cells(n.rows, n.width, gate, cell_before, cell, state + n.memory_width, n.state);
    at::parallel_for(0, n.rows, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        float* of_row = state + row * n.state;
        cpu::attend(n.memory_of(row), of_row + n.memory_width, attention + (t * n.rows + row) * n.length, of_row);
      }
    });
    state_before = state;
    cell_before = cell;
  }
  pass.output.cell = n.steps > 0 ? pass.cells[n.steps - 1] : in.cell;
  return pass;
}

AttentiveLstmGradients attentive_lstm_gradients_on_cpu(const AttentiveLstmInput& in, const AttentiveLstmPass& pass,
                                                       const AttentiveLstmOutput& grads) {
  const Sizes n(in);
  AttentiveLstmGradients out{at::empty_like(pass.gates), at::Tensor(),      at::zeros_like(in.memory), at::zeros_like(in.keys),
                             at::zeros_like(in.state),   grads.cell.clone()};
  const at::Tensor grad_scores = at::zeros_like(pass.output.attention);
  auto *of_state = grads.states.data_ptr<float>(), *of_gates = out.gates.data_ptr<float>(), *of_cell = out.cell.data_ptr<float>();
  auto* of_scores = grad_scores.data_ptr<float>();
  const auto *of_attention = grads.attention.data_ptr<float>(), *attention = pass.output.attention.data_ptr<float>();
  const auto *gates = pass.gates.data_ptr<float>(), *cells = pass.cells.data_ptr<float>(), *weight = in.weight.data_ptr<float>();
  for (std::int64_t t = n.steps - 1; t >= 0; --t) {
    float* of_states = of_state + t * n.rows * n.state;
    at::parallel_for(0, n.rows, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const std::int64_t at = (t * n.rows + row) * n.length;
        float* of_row = of_states + row * n.state;
        cpu::attend_backward(n.memory_of(row), attention + at, of_attention + at, of_row, of_scores + at, of_row + n.memory_width);
      }
    });
    const std::int64_t gate = t * n.rows * 4 * n.width;
    cpu::lstm_cells_backward(n.rows, n.width, gates + gate, t > 0 ? cells + (t - 1) * n.rows * n.width : in.cell.data_ptr<float>(),
                             cells + t * n.rows * n.width, of_states + n.memory_width, n.state, of_cell, of_gates + gate);
    cpu::add_recurrent_gradient(n.rows, n.state, 4 * n.width, of_gates + gate, weight,
                                t > 0 ? of_state + (t - 1) * n.rows * n.state : out.state.data_ptr<float>());
  }
  const at::Tensor before = at::cat({in.state.unsqueeze(0), pass.output.states.narrow(0, 0, n.steps - 1)});
  out.weight = cpu::linear_grad_weight(out.gates.view({-1, 4 * n.width}), before.view({-1, n.state}));
  const auto* states = pass.output.states.data_ptr<float>();
  at::parallel_for(0, n.memories, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin * n.shared; row < end * n.shared; ++row) {
      const std::int64_t m = row / n.shared;
      const auto add = [&](std::int64_t width, const float* a, const float* b, float* c) {
        cpu::gemm_single_thread(cpu::Transpose::yes, cpu::Transpose::no, n.lengths[m], width, n.steps, 1.0f, a + row * n.length,
                                n.rows * n.length, b + row * n.state, n.rows * n.state, 1.0f, c + m * n.length * width, width);
      };
      add(n.width, of_scores, states + n.memory_width, out.keys.data_ptr<float>());
      add(n.memory_width, attention, of_state, out.memory.data_ptr<float>());
    }
  });
  return out;
}

}  // namespace fathom::ops
