#include <ATen/Parallel.h>

#include <algorithm>

#include "fathom/ops/cpu/expert_rows.h"
#include "fathom/ops/cpu/expert_tiles.h"
#include "fathom/ops/cpu/experts.h"
#include "fathom/ops/cpu/gemm.h"
#include "fathom/ops/cpu/parallel_tasks.h"
#include "fathom/ops/cpu/swiglu.h"

namespace fathom::ops::cpu {
namespace {

// Arrays in expert order that both halves of the backward pass use.
struct Sorted {
  std::unique_ptr<float[]> gates, grad_gates;
  std::unique_ptr<float[]> rows;          // [pairs, hidden] x; only for the weights' gradients
  std::unique_ptr<float[]> grad_results;  // [pairs, hidden] gradient of down · activation before the gate
  std::unique_ptr<float[]> activations;   // [pairs, width] gate · swiglu
  std::unique_ptr<float[]> grad_gate_up;  // [pairs, 2 * width]
  std::unique_ptr<float[]> grad_rows;     // [pairs, hidden]; only for the gradient of x
};

// Everything but the gradients of the weights.
void backward_tiles(const ExpertOrder& order, const ExpertWeights& w, const float* x, const float* kept, const float* grad_out,
                    const Sorted& sorted) {
  const std::vector<ExpertTile> tiles = expert_tiles(order);
  const std::int64_t most = expert_tile_rows(order.pairs()), hidden = w.hidden, width = w.width;
  parallel_tasks(
      static_cast<std::int64_t>(tiles.size()), [&] { return uninitialized_floats(most * width); },
      [&](std::int64_t index, std::unique_ptr<float[]>& grad_activations) {
        const auto [expert, first, rows] = tiles[static_cast<std::size_t>(index)];
        float *grads = sorted.grad_results.get() + first * hidden, *activations = sorted.activations.get() + first * width;
        float* grad_gate_up = sorted.grad_gate_up.get() + first * 2 * width;
        const float *gate_up = kept + first * 2 * width, *gates = sorted.gates.get() + first;
        gather_rows(order, first, rows, hidden, grad_out, grads);
        gemm_single_thread(Transpose::no, Transpose::no, rows, width, hidden, 1.0f, grads, hidden, w.down + expert * hidden * width, width,
                           0.0f, grad_activations.get(), width);
        swiglu_rows(rows, width, gate_up, 2 * width, nullptr, activations);
        // The gate's gradient is grad_out · (down · a) = (downᵀ · grad_out) · a: the experts' results need not be kept.
        dot_and_scale_rows(rows, width, activations, grad_activations.get(), gates, sorted.grad_gates.get() + first);
        swiglu_backward_rows(rows, width, gate_up, 2 * width, grad_activations.get(), gates, grad_gate_up);
        if (sorted.grad_rows) {
          gemm_single_thread(Transpose::no, Transpose::no, rows, hidden, 2 * width, 1.0f, grad_gate_up, 2 * width,
                             w.gate_up + expert * 2 * width * hidden, hidden, 0.0f, sorted.grad_rows.get() + first * hidden, hidden);
        }
        if (sorted.rows) gather_rows(order, first, rows, hidden, x, sorted.rows.get() + first * hidden);
      });
}

// Rows [begin, end) of one expert's weight gradient, leftᵀ · right over the expert's positions. The sum over positions is
// never cut, so the result does not depend on which thread takes the task.
struct WeightTask {
  std::int64_t expert, begin, end;
  bool is_down;
  std::int64_t cost;
};

std::vector<WeightTask> weight_tasks(const ExpertOrder& order, const ExpertWeights& w) {
  const std::int64_t total = order.pairs() * 3 * w.hidden * w.width;
  const std::int64_t share = std::max<std::int64_t>(1, total / (4 * at::get_num_threads()));
  std::vector<WeightTask> tasks;
  const auto add = [&](std::int64_t expert, std::int64_t out, std::int64_t in, bool is_down) {
    const std::int64_t cost = (order.rows(expert) + 1) * out * in;
    const std::int64_t parts = std::clamp<std::int64_t>(cost / share, 1, std::max<std::int64_t>(1, out / 32));
    for (std::int64_t part = 0; part < parts; ++part) {
      tasks.push_back({expert, out * part / parts, out * (part + 1) / parts, is_down, cost / parts});
    }
  };
  for (std::int64_t expert = 0; expert < order.experts(); ++expert) {
    add(expert, 2 * w.width, w.hidden, false);
    add(expert, w.hidden, w.width, true);
  }
  // The large ones first: what is left at the end is small and keeps the threads even.
  std::stable_sort(tasks.begin(), tasks.end(), [](const WeightTask& a, const WeightTask& b) { return a.cost > b.cost; });
  return tasks;
}

void weight_gradients(const ExpertOrder& order, const ExpertWeights& w, const Sorted& sorted, float* grad_gate_up, float* grad_down) {
  const std::vector<WeightTask> tasks = weight_tasks(order, w);
  parallel_tasks(
      static_cast<std::int64_t>(tasks.size()), [] { return 0; },
      [&](std::int64_t index, int) {
        const WeightTask& task = tasks[static_cast<std::size_t>(index)];
        const std::int64_t out = task.is_down ? w.hidden : 2 * w.width, in = task.is_down ? w.width : w.hidden;
        const std::int64_t rows = order.rows(task.expert), first = order.begin(task.expert);
        float* result = (task.is_down ? grad_down : grad_gate_up) + (task.expert * out + task.begin) * in;
        if (rows == 0) {
          std::fill_n(result, (task.end - task.begin) * in, 0.0f);
          return;
        }
        const float* left = (task.is_down ? sorted.grad_results.get() : sorted.grad_gate_up.get()) + first * out + task.begin;
        const float* right = (task.is_down ? sorted.activations.get() : sorted.rows.get()) + first * in;
        gemm_single_thread(Transpose::yes, Transpose::no, task.end - task.begin, in, rows, 1.0f, left, out, right, in, 0.0f, result, in);
      });
}

}  // namespace

void experts_backward(const ExpertOrder& order, std::int64_t tokens, const ExpertWeights& weights, const float* x, const float* gates,
                      const float* kept, const float* grad_out, const ExpertGradients& gradients) {
  const std::int64_t pairs = order.pairs(), hidden = weights.hidden, width = weights.width;
  Sorted sorted;
  sorted.gates = uninitialized_floats(pairs);
  sorted.grad_gates = uninitialized_floats(pairs);
  sorted.grad_results = uninitialized_floats(pairs * hidden);
  sorted.activations = uninitialized_floats(pairs * width);
  sorted.grad_gate_up = uninitialized_floats(pairs * 2 * width);
  if (gradients.gate_up != nullptr) sorted.rows = uninitialized_floats(pairs * hidden);
  if (gradients.x != nullptr) sorted.grad_rows = uninitialized_floats(pairs * hidden);
  for (std::int64_t position = 0; position < pairs; ++position) {
    sorted.gates[static_cast<std::size_t>(position)] = gates[order.pair_at(position)];
  }
  backward_tiles(order, weights, x, kept, grad_out, sorted);
  for (std::int64_t position = 0; position < pairs; ++position) {
    gradients.gates[order.pair_at(position)] = sorted.grad_gates[static_cast<std::size_t>(position)];
  }
  if (gradients.x != nullptr) {
    const std::int64_t grain = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, hidden * order.top_k()));
    at::parallel_for(0, tokens, grain, [&](std::int64_t begin, std::int64_t end) {
      combine_rows(order, begin, end, hidden, sorted.grad_rows.get(), gradients.x);
    });
  }
  if (gradients.gate_up != nullptr) weight_gradients(order, weights, sorted, gradients.gate_up, gradients.down);
}

}  // namespace fathom::ops::cpu
