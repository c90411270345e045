// The machine's measured ceiling, so that a training run can say what share of it it uses.
#pragma once

#include <ATen/ATen.h>

namespace fathom::train {

// Floating-point operations a second of a large square matrix product on `device` in `dtype`: the best of some repetitions over
// about `seconds` of time. The product is the one that training uses (ops::linear).
double measure_matmul_peak(at::Device device, at::ScalarType dtype, double seconds = 0.3);

}  // namespace fathom::train
