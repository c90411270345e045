// fp32 experts on the CPU: products over tokens sorted by expert, many tokens tile by tile, few tokens (decoding) by
// streaming the chosen experts' weights once. All arrays dense.
#pragma once

#include <cstdint>

#include "fathom/ops/cpu/expert_order.h"

namespace fathom::ops::cpu {

struct ExpertWeights {
  std::int64_t hidden, width;
  const float* gate_up;  // [experts, 2 * width, hidden]
  const float* down;     // [experts, hidden, width]
};

// x [tokens, hidden], gates [tokens, top_k] → out [tokens, hidden]. `kept` [pairs, 2 * width] (null: not wanted) receives
// gate_up · x in expert order for the backward pass.
void experts_forward(const ExpertOrder& order, std::int64_t tokens, const ExpertWeights& weights, const float* x, const float* gates,
                     float* kept, float* out);

struct ExpertGradients {
  float* gates;           // [tokens, top_k]
  float* x;               // [tokens, hidden] or null
  float *gate_up, *down;  // as the weights, both or neither (null)
};

void experts_backward(const ExpertOrder& order, std::int64_t tokens, const ExpertWeights& weights, const float* x, const float* gates,
                      const float* kept, const float* grad_out, const ExpertGradients& gradients);

}  // namespace fathom::ops::cpu
