// fp32 row kernels of the LSTM cell on the calling thread. Rows are dense, but for those of hidden states: `stride` apart.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

// gates [rows, 4 * width] before their activation; activated in place. cell_before [rows, width], null: zeros → cell and hidden [rows,
// width].
void lstm_cell_rows(std::int64_t rows, std::int64_t width, float* gates, const float* cell_before, float* cell, float* hidden,
                    std::int64_t stride);

// `gates` are activated. grad_cell [rows, width]: in, the gradient of `cell` but for what comes through `hidden`; out, that of
// cell_before. grad_gates [rows, 4 * width]: of the gates before their activation.
void lstm_cell_backward_rows(std::int64_t rows, std::int64_t width, const float* gates, const float* cell_before, const float* cell,
                             const float* grad_hidden, std::int64_t stride, float* grad_cell, float* grad_gates);

}  // namespace fathom::ops::cpu
