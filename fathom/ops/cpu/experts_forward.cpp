#include <ATen/Parallel.h>

#include <algorithm>

#include "fathom/ops/cpu/expert_rows.h"
#include "fathom/ops/cpu/expert_tiles.h"
#include "fathom/ops/cpu/experts.h"
#include "fathom/ops/cpu/gemm.h"
#include "fathom/ops/cpu/gemv.h"
#include "fathom/ops/cpu/parallel_tasks.h"
#include "fathom/ops/cpu/swiglu.h"

namespace fathom::ops::cpu {
namespace {

// y = x · weightᵀ on the calling thread (inside a parallel region the few-row kernel stays on it).
void product(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x, const float* weight, float* y) {
  if (few_rows_pay(rows, out, in)) {
    few_rows_product(rows, out, in, x, in, weight, in, nullptr, y, out);
  } else {
    gemm_single_thread(Transpose::no, Transpose::yes, rows, out, in, 1.0f, x, in, weight, in, 0.0f, y, out);
  }
}

// Each tile runs through gather, gate_up, SwiGLU and down on one thread; gates are applied in between, where rows are narrow.
void run_tiles(const ExpertOrder& order, const ExpertWeights& w, const float* x, const float* sorted_gates, float* kept, float* results) {
  const std::vector<ExpertTile> tiles = expert_tiles(order);
  const std::int64_t most = expert_tile_rows(order.pairs()), hidden = w.hidden, width = w.width;
  struct Scratch {
    std::unique_ptr<float[]> rows, gate_up, activations;
  };
  parallel_tasks(
      static_cast<std::int64_t>(tiles.size()),
      [&] {
        return Scratch{uninitialized_floats(most * hidden), uninitialized_floats(kept == nullptr ? most * 2 * width : 0),
                       uninitialized_floats(most * width)};
      },
      [&](std::int64_t index, Scratch& scratch) {
        const ExpertTile& tile = tiles[static_cast<std::size_t>(index)];
        float* gate_up = kept == nullptr ? scratch.gate_up.get() : kept + tile.first * 2 * width;
        gather_rows(order, tile.first, tile.rows, hidden, x, scratch.rows.get());
        product(tile.rows, 2 * width, hidden, scratch.rows.get(), w.gate_up + tile.expert * 2 * width * hidden, gate_up);
        swiglu_rows(tile.rows, width, gate_up, 2 * width, sorted_gates + tile.first, scratch.activations.get());
        product(tile.rows, hidden, width, scratch.activations.get(), w.down + tile.expert * hidden * width, results + tile.first * hidden);
      });
}

// Products of every expert's few rows with its [out, in] weight, cut into equal shares of the weights that are read: the
// threads stay even however few experts there are.
void stream_products(const ExpertOrder& order, std::int64_t out, std::int64_t in, const float* x, const float* weights, float* y) {
  std::vector<std::int64_t> used;
  for (std::int64_t expert = 0; expert < order.experts(); ++expert) {
    if (order.rows(expert) > 0) used.push_back(expert);
  }
  constexpr std::int64_t block = 8;
  const std::int64_t blocks = (out + block - 1) / block;
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, in * block));
  at::parallel_for(0, static_cast<std::int64_t>(used.size()) * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t expert = used[static_cast<std::size_t>(begin / blocks)], first_block = begin % blocks;
      const std::int64_t last_block = std::min(blocks, first_block + end - begin);
      const std::int64_t first = first_block * block, count = std::min(out, last_block * block) - first, position = order.begin(expert);
      few_rows_product(order.rows(expert), count, in, x + position * in, in, weights + (expert * out + first) * in, in, nullptr,
                       y + position * out + first, out);
      begin += last_block - first_block;
    }
  });
}

void stream_experts(const ExpertOrder& order, const ExpertWeights& w, const float* x, const float* sorted_gates, float* kept,
                    float* results) {
  const std::int64_t pairs = order.pairs(), hidden = w.hidden, width = w.width;
  const auto rows = uninitialized_floats(pairs * hidden), activations = uninitialized_floats(pairs * width);
  const auto own = uninitialized_floats(kept == nullptr ? pairs * 2 * width : 0);
  float* gate_up = kept == nullptr ? own.get() : kept;
  gather_rows(order, 0, pairs, hidden, x, rows.get());
  stream_products(order, 2 * width, hidden, rows.get(), w.gate_up, gate_up);
  swiglu_rows(pairs, width, gate_up, 2 * width, sorted_gates, activations.get());
  stream_products(order, hidden, width, activations.get(), w.down, results);
}

// Few tokens, or few for each expert with weights too large for tiles of one expert to matter.
bool streaming_pays(const ExpertOrder& order, std::int64_t tokens, const ExpertWeights& w) {
  if (tokens > 64) return false;
  for (std::int64_t expert = 0; expert < order.experts(); ++expert) {
    if (order.rows(expert) > 0 && !few_rows_pay(order.rows(expert), 2 * w.width, w.hidden)) return false;
  }
  return true;
}

}  // namespace

void experts_forward(const ExpertOrder& order, std::int64_t tokens, const ExpertWeights& weights, const float* x, const float* gates,
                     float* kept, float* out) {
  const std::int64_t pairs = order.pairs(), hidden = weights.hidden;
  const auto sorted_gates = uninitialized_floats(pairs), results = uninitialized_floats(pairs * hidden);
  for (std::int64_t position = 0; position < pairs; ++position)
    sorted_gates[static_cast<std::size_t>(position)] = gates[order.pair_at(position)];
  const auto run = streaming_pays(order, tokens, weights) ? stream_experts : run_tiles;
  run(order, weights, x, sorted_gates.get(), kept, results.get());
  const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, hidden * order.top_k()));
  at::parallel_for(0, tokens, grain,
                   [&](std::int64_t begin, std::int64_t end) { combine_rows(order, begin, end, hidden, results.get(), out); });
}

}  // namespace fathom::ops::cpu
