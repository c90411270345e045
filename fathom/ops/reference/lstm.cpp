#include "fathom/ops/lstm.h"

#include <utility>

namespace fathom::ops::reference {

std::pair<at::Tensor, at::Tensor> lstm_cell(const at::Tensor& gates, const at::Tensor& cell) {
  const std::vector<at::Tensor> parts = at::chunk(gates, 4, 1);
  const at::Tensor next = at::sigmoid(parts[1]) * cell + at::sigmoid(parts[0]) * at::tanh(parts[2]);
  return {at::sigmoid(parts[3]) * at::tanh(next), next};
}

at::Tensor lstm(const at::Tensor& x, const StepRows& steps, std::span<const LstmWeights> directions) {
  std::vector<at::Tensor> outputs;
  for (std::size_t direction = 0; direction < directions.size(); ++direction) {
    const LstmWeights& weights = directions[direction];
    const std::int64_t width = weights.recurrent.size(1);
    const bool reverse = direction == 1;
    const at::Tensor gates = at::matmul(x, weights.input.t()) + weights.bias;
    std::vector<at::Tensor> hidden_of_step(steps.sizes.size());
    at::Tensor hidden = at::zeros({steps.sizes[0], width}, x.options()), cell = hidden;
    for (std::int64_t i = 0; i < steps.steps(); ++i) {
      const std::int64_t t = reverse ? steps.steps() - 1 - i : i, rows = steps.sizes[static_cast<std::size_t>(t)];
      const at::Tensor all =
          gates.narrow(0, steps.offsets[static_cast<std::size_t>(t)], rows) + at::matmul(hidden.narrow(0, 0, rows), weights.recurrent.t());
      auto [next_hidden, next_cell] = lstm_cell(all, cell.narrow(0, 0, rows));
      hidden_of_step[static_cast<std::size_t>(t)] = next_hidden;
      // Sequences that have not begun yet (reverse) keep their zeros.
      const auto put = [&](const at::Tensor& next, const at::Tensor& before) {
        return at::cat({next, before.narrow(0, rows, before.size(0) - rows)});
      };
      hidden = put(next_hidden, hidden);
      cell = put(next_cell, cell);
    }
    outputs.push_back(at::cat(hidden_of_step));
  }
  return at::cat(outputs, 1);
}

}  // namespace fathom::ops::reference
