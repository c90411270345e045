// Work that splits into independent pieces, on threads of its own; for rooms without libtorch (those with it use at::parallel_for).
#pragma once

#include <cstdint>
#include <functional>

namespace fathom {

// The number of threads that `wanted` stands for: itself, or one a usable core when it is 0.
int thread_count(int wanted);

// Calls `work(piece)` once for each piece in [0, pieces), from up to `threads` threads (0: one a core) and in no particular order. What a
// piece computes must not depend on another: results are then the same whatever the number of threads. The first exception ends the
// work and is thrown here.
void for_each_piece(std::int64_t pieces, int threads, const std::function<void(std::int64_t)>& work);

}  // namespace fathom
