// fp32 rotary embedding over all threads.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

struct RotaryShape {
  std::int64_t tokens, heads, pairs;       // rope_dim = 2 * pairs
  std::int64_t token_stride, head_stride;  // of the input; its last dimension is dense
};

// out [tokens, heads, 2 * pairs] dense. `direction` 1 rotates forward, -1 back (the gradient).
void rotary(const RotaryShape& shape, const float* x, const float* cos, const float* sin, const std::int64_t* positions, bool interleaved,
            float direction, float* out);

}  // namespace fathom::ops::cpu
