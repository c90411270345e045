// fp32 row kernels of SwiGLU on the calling thread: the operation and the experts run them inside their own loops.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

// gate_up [rows, 2 * width] with `stride` between rows → y [rows, width]: silu(gate) · up · factors[row] (null: 1).
void swiglu_rows(std::int64_t rows, std::int64_t width, const float* gate_up, std::int64_t stride, const float* factors, float* y);

// grad_y [rows, width] · factors[row] (null: 1) → grad [rows, 2 * width].
void swiglu_backward_rows(std::int64_t rows, std::int64_t width, const float* gate_up, std::int64_t stride, const float* grad_y,
                          const float* factors, float* grad);

// The same over all threads, without factors.
void swiglu_forward(std::int64_t rows, std::int64_t width, const float* gate_up, std::int64_t stride, float* y);
void swiglu_backward(std::int64_t rows, std::int64_t width, const float* gate_up, std::int64_t stride, const float* grad_y, float* grad);

}  // namespace fathom::ops::cpu
