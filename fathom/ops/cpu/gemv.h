// Products of a few rows with a large weight (decoding): bound by reading the weight, which is streamed once.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

// Whether few_rows_product is the faster choice; beyond it BLAS is (bench/ops_bench, linear_rows). A weight that fits the
// caches favours BLAS sooner than one that has to come from memory.
constexpr bool few_rows_pay(std::int64_t rows, std::int64_t out, std::int64_t in) {
  return rows <= 12 || (rows <= 48 && out * in >= 2'000'000);
}

// y[r, o] = Σ_i x[r, i] · weight[o, i] + bias[o] for any number of rows. x, weight and y are row-major with leading
// dimensions; bias may be null. Parallel over blocks of outputs.
void few_rows_product(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x, std::int64_t ldx, const float* weight,
                      std::int64_t ldw, const float* bias, float* y, std::int64_t ldy);

}  // namespace fathom::ops::cpu
