// The passes behind ops::attentive_lstm: on the CPU in fp32 with our kernels, elsewhere with libtorch's. Private to the room.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "fathom/ops/attentive_lstm.h"

namespace fathom::ops {

struct AttentiveLstmPass {
  AttentiveLstmOutput output;
  at::Tensor cells;  // [steps, rows, width]
  at::Tensor gates;  // [steps, rows, 4 * width], activated
};

// Gradients of gates, weight, memory, keys, state, cell, in this order.
struct AttentiveLstmGradients {
  at::Tensor gates, weight, memory, keys, state, cell;
};

// All tensors contiguous. `grads` has the shapes of the output and may be written to.
AttentiveLstmPass attentive_lstm_on_cpu(const AttentiveLstmInput& input);
AttentiveLstmGradients attentive_lstm_gradients_on_cpu(const AttentiveLstmInput& input, const AttentiveLstmPass& pass,
                                                       const AttentiveLstmOutput& grads);
AttentiveLstmPass attentive_lstm_by_tensors(const AttentiveLstmInput& input);
AttentiveLstmGradients attentive_lstm_gradients_by_tensors(const AttentiveLstmInput& input, const AttentiveLstmPass& pass,
                                                           const AttentiveLstmOutput& grads);

}  // namespace fathom::ops
