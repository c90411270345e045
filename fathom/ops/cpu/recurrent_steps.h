// The steps of a recurrent layer on the CPU in fp32, over all threads.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

// out [rows, out_width] += state [rows, width] · weightᵀ, weight [out_width, width].
void add_recurrent(std::int64_t rows, std::int64_t width, std::int64_t out_width, const float* state, const float* weight, float* out);

// grad_state [rows, width] += grad [rows, out_width] · weight.
void add_recurrent_gradient(std::int64_t rows, std::int64_t width, std::int64_t out_width, const float* grad, const float* weight,
                            float* grad_state);

// lstm_cell_rows() and lstm_cell_backward_rows() (lstm_cell.h).
void lstm_cells(std::int64_t rows, std::int64_t width, float* gates, const float* cell_before, float* cell, float* hidden,
                std::int64_t stride);
void lstm_cells_backward(std::int64_t rows, std::int64_t width, const float* gates, const float* cell_before, const float* cell,
                         const float* grad_hidden, std::int64_t stride, float* grad_cell, float* grad_gates);

}  // namespace fathom::ops::cpu
