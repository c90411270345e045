// The k largest of a short row, largest first, equals in order of their index. One pass; k is small (experts a token).
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

// values [count] without NaN, k ≤ count → indices [k]; `best` is scratch of k floats.
inline void top_k_indices(const float* values, std::int64_t count, std::int64_t k, float* best, std::int64_t* indices) {
  std::int64_t held = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = values[i];
    if (held == k && !(value > best[k - 1])) continue;
    std::int64_t place = held < k ? held++ : k - 1;
    for (; place > 0 && best[place - 1] < value; --place) {
      best[place] = best[place - 1];
      indices[place] = indices[place - 1];
    }
    best[place] = value;
    indices[place] = i;
  }
}

}  // namespace fathom::ops::cpu
