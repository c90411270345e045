// Products of a few rows with a large weight (decoding): bound by reading the weight, which is streamed once.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

// The most rows one pass over the weight serves; beyond it BLAS is the better choice (bench/ops_bench, linear_rows).
constexpr std::int64_t max_few_rows = 8;

// y[r, o] = Σ_i x[r, i] · weight[o, i] + bias[o] for rows ≤ max_few_rows. x, weight and y are row-major with leading
// dimensions; bias may be null. Parallel over blocks of outputs.
void few_rows_product(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x, std::int64_t ldx, const float* weight,
                      std::int64_t ldw, const float* bias, float* y, std::int64_t ldy);

}  // namespace fathom::ops::cpu
