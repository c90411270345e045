#include "fathom/ops/attentive_lstm.h"

#include <limits>
#include <vector>

#include "fathom/ops/lstm.h"

namespace fathom::ops::reference {

AttentiveLstmOutput attentive_lstm(const AttentiveLstmInput& in) {
  const std::int64_t memories = in.memory.size(0), length = in.memory.size(1), memory_width = in.memory.size(2);
  const std::int64_t rows = in.state.size(0), width = in.cell.size(1);
  const at::Tensor beyond = at::arange(length, in.lengths.options()).unsqueeze(0) >= in.lengths.unsqueeze(1);
  at::Tensor state = in.state, cell = in.cell;
  std::vector<at::Tensor> states, attentions;
  for (std::int64_t t = 0; t < in.gates.size(0); ++t) {
    at::Tensor hidden;
    std::tie(hidden, cell) = lstm_cell(in.gates[t] + at::matmul(state, in.weight.t()), cell);
    const at::Tensor scores = at::bmm(hidden.view({memories, rows / memories, width}), in.keys.transpose(1, 2));
    const at::Tensor attention = at::softmax(scores.masked_fill(beyond.unsqueeze(1), -std::numeric_limits<double>::infinity()), 2);
    state = at::cat({at::bmm(attention, in.memory).view({rows, memory_width}), hidden}, 1);
    states.push_back(state);
    attentions.push_back(attention.view({rows, length}));
  }
  return {at::stack(states), at::stack(attentions), cell};
}

}  // namespace fathom::ops::reference
