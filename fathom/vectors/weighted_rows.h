// The one product that word vectors are made with: a weighted sum of rows of a matrix. Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fathom::vectors {

// out[width] = Σ weights[i] · matrix[rows[i]] (rows null: matrix[i]), i < count. `width` is a multiple of 8. The sum runs in the order of
// i.
void sum_weighted_rows(const float* weights, const std::int32_t* rows, std::size_t count, const float* matrix, std::size_t width,
                       float* out);

}  // namespace fathom::vectors
