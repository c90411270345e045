// How the rows of the experts are cut into tasks: one expert's rows stay together up to a size that keeps the threads even.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "fathom/ops/cpu/expert_order.h"

namespace fathom::ops::cpu {

struct ExpertTile {
  std::int64_t expert, first, rows;  // positions [first, first + rows)
};

// Rows of one tile: enough for products at full speed, few enough that its arrays stay in the cache.
inline std::int64_t expert_tile_rows(std::int64_t pairs) {
  return std::clamp<std::int64_t>(pairs / (4 * at::get_num_threads()) / 16 * 16, 64, 256);
}

inline std::vector<ExpertTile> expert_tiles(const ExpertOrder& order) {
  const std::int64_t size = expert_tile_rows(order.pairs());
  std::vector<ExpertTile> tiles;
  for (std::int64_t expert = 0; expert < order.experts(); ++expert) {
    const std::int64_t rows = order.rows(expert), parts = (rows + size - 1) / size;
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t begin = rows * part / parts, end = rows * (part + 1) / parts;
      tiles.push_back({expert, order.begin(expert) + begin, end - begin});
    }
  }
  return tiles;
}

inline std::unique_ptr<float[]> uninitialized_floats(std::int64_t count) {
  return std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(count));
}

}  // namespace fathom::ops::cpu
