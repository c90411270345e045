// fp32 AdamW and the norm of gradients over all threads.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

struct AdamWFactors {
  float beta1, beta2, eps, grad_scale;
  float keep;          // 1 - lr · decay
  float step_size;     // lr / (1 - β1ᵗ)
  float second_scale;  // 1 / sqrt(1 - β2ᵗ)
};

void adamw(std::int64_t count, const AdamWFactors& factors, const float* gradient, float* parameter, float* exp_avg, float* exp_avg_sq);

// Σ x² in double. Blocks of fixed size are summed in order: the result does not depend on the thread count.
double sum_of_squares(std::int64_t count, const float* x);

}  // namespace fathom::ops::cpu
