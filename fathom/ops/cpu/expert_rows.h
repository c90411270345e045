// Row work around the experts' products, on the calling thread.
#pragma once

#include <cstdint>

#include "fathom/ops/cpu/expert_order.h"

namespace fathom::ops::cpu {

// to[i] = x[token at first + i], rows of `width`.
void gather_rows(const ExpertOrder& order, std::int64_t first, std::int64_t rows, std::int64_t width, const float* x, float* to);

// For tokens [begin, end): out[t] = Σ_k values[position of (t, k)].
void combine_rows(const ExpertOrder& order, std::int64_t begin, std::int64_t end, std::int64_t width, const float* values, float* out);

// dots[i] = a[i] · b[i], then a[i] *= factors[i].
void dot_and_scale_rows(std::int64_t rows, std::int64_t width, float* a, const float* b, const float* factors, float* dots);

}  // namespace fathom::ops::cpu
