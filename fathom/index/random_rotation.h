// A random rotation, after which no dimension of a vector weighs more than another (sign_codes.h needs that).
#pragma once

#include <cstdint>
#include <vector>

namespace fathom::index {

// An orthogonal matrix [width, width], row-major, by Gram and Schmidt from normal random numbers.
std::vector<float> random_rotation(std::int64_t width, std::uint64_t seed);

// out[j] = Σ_i in[i] · matrix[i, j]; `out` [width] must not overlap `in`.
void rotate(const float* matrix, const float* in, std::int64_t width, float* out);

}  // namespace fathom::index
