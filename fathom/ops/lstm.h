// Long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates) over sequences of unequal lengths, without padding.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace fathom::ops {

// Rows of several sequences, step by step: first the first row of every sequence, then the second of those that have one, and so on. The
// sequences stand in order of their lengths, the longest first, so that the rows of a step are a prefix of those of the step before.
struct StepRows {
  std::vector<std::int64_t> sizes;    // rows of each step, never rising, none 0
  std::vector<std::int64_t> offsets;  // the first row of each step, and behind them the count of all rows

  // Throws Error unless there is a length, none is 0 and they never rise.
  static StepRows of_lengths(std::span<const std::int64_t> lengths);
  std::int64_t steps() const { return static_cast<std::int64_t>(sizes.size()); }
  std::int64_t rows() const { return offsets.back(); }
  // [sequences, steps] int64: the row of each position, rows() where the sequence has ended.
  at::Tensor row_of_position() const;
  // [sequences] int64: the row of the last position of each.
  at::Tensor last_rows() const;
};

// The gates stand in the order input, forget, cell, output.
struct LstmWeights {
  at::Tensor input;      // [4 * width, in]
  at::Tensor recurrent;  // [4 * width, width]
  at::Tensor bias;       // [4 * width]
};

// x [rows, in] → hidden states [rows, width]; with two directions [rows, 2 * width], the second having read each sequence from its end.
// States begin with zeros. Differentiable in x and all weights. Throws Error for shapes that do not fit.
at::Tensor lstm(const at::Tensor& x, const StepRows& steps, std::span<const LstmWeights> directions);

namespace reference {
at::Tensor lstm(const at::Tensor& x, const StepRows& steps, std::span<const LstmWeights> directions);
// One cell: gates [rows, 4 * width] before their activation, cell [rows, width] → (hidden, cell), [rows, width] each.
std::pair<at::Tensor, at::Tensor> lstm_cell(const at::Tensor& gates, const at::Tensor& cell);
}  // namespace reference

}  // namespace fathom::ops
