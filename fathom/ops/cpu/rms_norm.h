// fp32 row kernels of RMSNorm. Rows of x may lie apart (`stride`); all else is dense [rows, width].
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

// y = x · scale · weight and scales[row] = 1 / sqrt(mean(x²) + eps). With a residual (dense), x + residual takes the place
// of x and is written to sum.
void rms_norm_forward(std::int64_t rows, std::int64_t width, const float* x, std::int64_t stride, const float* residual,
                      const float* weight, float eps, float* sum, float* y, float* scales);

// x is what was normalised. grad_sum (may be null) is added to the gradient of x. Either result may be null.
// grad_weight is reduced in a fixed order: equal thread counts give equal bits.
void rms_norm_backward(std::int64_t rows, std::int64_t width, const float* x, std::int64_t stride, const float* weight, const float* scales,
                       const float* grad_y, const float* grad_sum, float* grad_x, float* grad_weight);

}  // namespace fathom::ops::cpu
