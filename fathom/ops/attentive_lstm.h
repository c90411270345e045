// An LSTM that reads, beside its words, what it has just attended to ("input feeding", Luong et al. 2015 §3.3): the loop of a question
// generator's decoder. Products with the words and with the vocabulary need not wait for the loop and stand outside it.
//   gates_t = gates[t] + weight · [context_{t-1}; hidden_{t-1}],  (hidden_t, cell_t) = lstm(gates_t, cell_{t-1})
//   attention_t = softmax over the memory of keys · hidden_t,     context_t = attention_t · memory
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace fathom::ops {

// Several rows may share a memory (the hypotheses of a beam): rows = memories * k, the rows of one memory side by side.
struct AttentiveLstmInput {
  at::Tensor gates;    // [steps, rows, 4 * width]: the words' share, bias included; order input, forget, cell, output
  at::Tensor weight;   // [4 * width, memory_width + width]
  at::Tensor memory;   // [memories, length, memory_width]
  at::Tensor keys;     // [memories, length, width]
  at::Tensor lengths;  // [memories] int64 on the memory's device: how much of each counts, 1 to length
  at::Tensor state;    // [rows, memory_width + width]: the first context, then the first hidden state
  at::Tensor cell;     // [rows, width]
};

struct AttentiveLstmOutput {
  at::Tensor states;     // [steps, rows, memory_width + width]: context, then hidden state
  at::Tensor attention;  // [steps, rows, length], 0 beyond the memory's length
  at::Tensor cell;       // [rows, width] after the last step
};

// Differentiable in everything but the lengths. Throws Error for shapes that do not fit.
AttentiveLstmOutput attentive_lstm(const AttentiveLstmInput& input);

namespace reference {
AttentiveLstmOutput attentive_lstm(const AttentiveLstmInput& input);
}

}  // namespace fathom::ops
