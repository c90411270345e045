#include "fathom/ops/cpu/recurrent_steps.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "fathom/ops/cpu/gemm.h"
#include "fathom/ops/cpu/lstm_cell.h"

namespace fathom::ops::cpu {
namespace {

// Rows worth a thread of their own: about 8 k gates.
std::int64_t grain(std::int64_t width) { return std::max<std::int64_t>(1, 2048 / std::max<std::int64_t>(1, width)); }

}  // namespace

void add_recurrent(std::int64_t rows, std::int64_t width, std::int64_t out_width, const float* state, const float* weight, float* out) {
  if (rows > 0) gemm(Transpose::no, Transpose::yes, rows, out_width, width, 1.0f, state, width, weight, width, 1.0f, out, out_width);
}

void add_recurrent_gradient(std::int64_t rows, std::int64_t width, std::int64_t out_width, const float* grad, const float* weight,
                            float* grad_state) {
  if (rows > 0) gemm(Transpose::no, Transpose::no, rows, width, out_width, 1.0f, grad, out_width, weight, width, 1.0f, grad_state, width);
}

void lstm_cells(std::int64_t rows, std::int64_t width, float* gates, const float* cell_before, float* cell, float* hidden,
                std::int64_t stride) {
  at::parallel_for(0, rows, grain(width), [&](std::int64_t begin, std::int64_t end) {
    lstm_cell_rows(end - begin, width, gates + begin * 4 * width, cell_before == nullptr ? nullptr : cell_before + begin * width,
                   cell + begin * width, hidden + begin * stride, stride);
  });
}

void lstm_cells_backward(std::int64_t rows, std::int64_t width, const float* gates, const float* cell_before, const float* cell,
                         const float* grad_hidden, std::int64_t stride, float* grad_cell, float* grad_gates) {
  at::parallel_for(0, rows, grain(width), [&](std::int64_t begin, std::int64_t end) {
    lstm_cell_backward_rows(end - begin, width, gates + begin * 4 * width, cell_before == nullptr ? nullptr : cell_before + begin * width,
                            cell + begin * width, grad_hidden + begin * stride, stride, grad_cell + begin * width,
                            grad_gates + begin * 4 * width);
  });
}

}  // namespace fathom::ops::cpu
