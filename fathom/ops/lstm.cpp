#include "fathom/ops/lstm.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/ops/cpu/linear.h"
#include "fathom/ops/cpu/lstm_cell.h"
#include "fathom/ops/cpu/recurrent_steps.h"
#include "fathom/ops/dispatch.h"

namespace fathom::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What a direction's pass leaves behind for its gradient.
struct Pass {
  at::Tensor gates;   // [rows, 4 * width], activated
  at::Tensor cells;   // [rows, width]
  at::Tensor hidden;  // [rows, width]
};

// The steps in the order in which a direction reads them, each with the step before it.
template <class Body>
void for_each_step(const StepRows& steps, bool reverse, const Body& body) {
  for (std::int64_t i = 0; i < steps.steps(); ++i) {
    const std::int64_t t = reverse ? steps.steps() - 1 - i : i;
    body(t, i == 0 ? -1 : (reverse ? t + 1 : t - 1));
  }
}

std::size_t index(std::int64_t t) { return static_cast<std::size_t>(t); }

// The rows of step t that have a row in the step before.
std::int64_t continued(const StepRows& steps, std::int64_t t, std::int64_t before) {
  return before < 0 ? 0 : std::min(steps.sizes[index(t)], steps.sizes[index(before)]);
}

Pass run_forward(const at::Tensor& x, const LstmWeights& weights, const StepRows& steps, bool reverse) {
  const std::int64_t width = weights.recurrent.size(1);
  Pass pass{cpu::linear_forward(x, weights.input, weights.bias), at::empty({steps.rows(), width}, x.options()),
            at::empty({steps.rows(), width}, x.options())};
  auto *gates = pass.gates.data_ptr<float>(), *cells = pass.cells.data_ptr<float>(), *hidden = pass.hidden.data_ptr<float>();
  const auto* recurrent = weights.recurrent.data_ptr<float>();
  for_each_step(steps, reverse, [&](std::int64_t t, std::int64_t before) {
    const std::int64_t at = steps.offsets[index(t)], rows = steps.sizes[index(t)], old = continued(steps, t, before);
    const std::int64_t from = before < 0 ? 0 : steps.offsets[index(before)];
    cpu::add_recurrent(old, width, 4 * width, hidden + from * width, recurrent, gates + at * 4 * width);
    cpu::lstm_cells(old, width, gates + at * 4 * width, cells + from * width, cells + at * width, hidden + at * width, width);
    cpu::lstm_cells(rows - old, width, gates + (at + old) * 4 * width, nullptr, cells + (at + old) * width, hidden + (at + old) * width,
                    width);
  });
  return pass;
}

struct LstmDirection : torch::autograd::Function<LstmDirection> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& input, const at::Tensor& recurrent,
                            const at::Tensor& bias, const std::vector<std::int64_t>& sizes, bool reverse) {
    const StepRows steps = rows_of(sizes);
    Pass pass = run_forward(x, {input, recurrent, bias}, steps, reverse);
    ctx->save_for_backward({x, input, recurrent, pass.gates, pass.cells, pass.hidden});
    ctx->saved_data["sizes"] = sizes;
    ctx->saved_data["reverse"] = reverse;
    return pass.hidden;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &x = saved[0], &input = saved[1], &recurrent = saved[2], &gates = saved[3], &cells = saved[4], &hidden = saved[5];
    const StepRows steps = rows_of(ctx->saved_data["sizes"].toIntVector());
    const bool reverse = ctx->saved_data["reverse"].toBool();
    const std::int64_t width = recurrent.size(1), most = steps.sizes[0];
    at::Tensor grad_hidden = grads[0].clone(at::MemoryFormat::Contiguous);  // what comes through later steps is added
    const at::Tensor grad_gates = at::empty_like(gates), grad_cell = at::zeros({most, width}, x.options());
    const at::Tensor before_hidden = at::zeros_like(hidden);  // of each row, the state before it
    auto *of_hidden = grad_hidden.data_ptr<float>(), *of_gates = grad_gates.data_ptr<float>(), *of_cell = grad_cell.data_ptr<float>();
    const auto *gate = gates.data_ptr<float>(), *cell = cells.data_ptr<float>();
    for_each_step(steps, !reverse, [&](std::int64_t t, std::int64_t) {
      const std::int64_t before = reverse ? (t + 1 < steps.steps() ? t + 1 : -1) : t - 1;
      const std::int64_t at = steps.offsets[index(t)], rows = steps.sizes[index(t)], old = continued(steps, t, before);
      const std::int64_t from = before < 0 ? 0 : steps.offsets[index(before)];
      cpu::lstm_cells_backward(old, width, gate + at * 4 * width, cell + from * width, cell + at * width, of_hidden + at * width, width,
                               of_cell, of_gates + at * 4 * width);
      const std::int64_t next = at + old;
      cpu::lstm_cells_backward(rows - old, width, gate + next * 4 * width, nullptr, cell + next * width, of_hidden + next * width, width,
                               of_cell + old * width, of_gates + next * 4 * width);
      cpu::add_recurrent_gradient(old, width, 4 * width, of_gates + at * 4 * width, recurrent.data_ptr<float>(), of_hidden + from * width);
      std::copy_n(hidden.data_ptr<float>() + from * width, old * width, before_hidden.data_ptr<float>() + at * width);
    });
    return {ctx->needs_input_grad(0) ? cpu::linear_grad_input(grad_gates, input) : at::Tensor(),
            cpu::linear_grad_weight(grad_gates, x),
            cpu::linear_grad_weight(grad_gates, before_hidden),
            cpu::linear_grad_bias(grad_gates),
            at::Tensor(),
            at::Tensor()};
  }

  static StepRows rows_of(const std::vector<std::int64_t>& sizes) {
    StepRows steps{sizes, {0}};
    for (const std::int64_t size : sizes) steps.offsets.push_back(steps.offsets.back() + size);
    return steps;
  }
};

// libtorch's packed sequences: cuDNN.
at::Tensor on_device(const at::Tensor& x, const StepRows& steps, std::span<const LstmWeights> directions) {
  const std::int64_t width = directions[0].recurrent.size(1), count = static_cast<std::int64_t>(directions.size());
  const at::Tensor sizes = at::tensor(steps.sizes, at::kLong), zeros = at::zeros({count, steps.sizes[0], width}, x.options());
  std::vector<at::Tensor> parameters;
  for (const LstmWeights& weights : directions) {
    parameters.insert(parameters.end(), {weights.input, weights.recurrent, weights.bias, at::zeros_like(weights.bias)});
  }
  const std::vector<at::Tensor> start = {zeros, zeros};
  return std::get<0>(at::lstm(x, sizes, start, parameters, /*has_biases=*/true, /*num_layers=*/1, /*dropout=*/0.0,
                              /*train=*/at::GradMode::is_enabled(), /*bidirectional=*/count == 2));
}

void require_shapes(const at::Tensor& x, const StepRows& steps, std::span<const LstmWeights> directions) {
  require(directions.size() == 1 || directions.size() == 2, "lstm: {} directions; one or two are expected", directions.size());
  require(x.dim() == 2 && x.size(0) == steps.rows(), "lstm: x [{}]; [{}, in] is expected", fmt::join(x.sizes(), ", "), steps.rows());
  for (const LstmWeights& weights : directions) {
    const std::int64_t width = weights.recurrent.dim() == 2 ? weights.recurrent.size(1) : -1;
    require(weights.input.sizes() == at::IntArrayRef({4 * width, x.size(1)}) &&
                weights.recurrent.sizes() == at::IntArrayRef({4 * width, width}) && weights.bias.sizes() == at::IntArrayRef({4 * width}),
            "lstm: weights [{}], [{}] and [{}]; [4 * width, {}], [4 * width, width] and [4 * width] are expected",
            fmt::join(weights.input.sizes(), ", "), fmt::join(weights.recurrent.sizes(), ", "), fmt::join(weights.bias.sizes(), ", "),
            x.size(1));
  }
}

}  // namespace

StepRows StepRows::of_lengths(std::span<const std::int64_t> lengths) {
  require(!lengths.empty() && lengths.back() > 0 && std::is_sorted(lengths.rbegin(), lengths.rend()),
          "lstm: lengths [{}]; one or more are expected, above 0, the longest first", fmt::join(lengths, ", "));
  StepRows steps{{}, {0}};
  std::int64_t size = static_cast<std::int64_t>(lengths.size());
  for (std::int64_t t = 0; t < lengths[0]; ++t) {
    while (lengths[index(size - 1)] <= t) --size;
    steps.sizes.push_back(size);
    steps.offsets.push_back(steps.offsets.back() + size);
  }
  return steps;
}

at::Tensor StepRows::row_of_position() const {
  const at::Tensor out = at::full({sizes[0], steps()}, rows(), at::kLong);
  auto* row = out.data_ptr<std::int64_t>();
  for (std::int64_t t = 0; t < steps(); ++t) {
    for (std::int64_t i = 0; i < sizes[index(t)]; ++i) row[i * steps() + t] = offsets[index(t)] + i;
  }
  return out;
}

at::Tensor StepRows::last_rows() const {
  const at::Tensor out = at::empty({sizes[0]}, at::kLong);
  for (std::int64_t t = 0; t < steps(); ++t) {
    for (std::int64_t i = 0; i < sizes[index(t)]; ++i) out.data_ptr<std::int64_t>()[i] = offsets[index(t)] + i;
  }
  return out;
}

at::Tensor lstm(const at::Tensor& x_in, const StepRows& steps, std::span<const LstmWeights> directions) {
  require_shapes(x_in, steps, directions);
  const at::Tensor x = x_in.contiguous();
  if (x.is_cuda()) return on_device(x, steps, directions);
  if (!all_cpu_fp32(x, directions[0].input)) return reference::lstm(x, steps, directions);
  std::vector<at::Tensor> outputs;
  for (std::size_t i = 0; i < directions.size(); ++i) {
    const LstmWeights& w = directions[i];
    outputs.push_back(needs_graph(x, w.input, w.recurrent, w.bias)
                          ? LstmDirection::apply(x, w.input, w.recurrent, w.bias, steps.sizes, i == 1)
                          : run_forward(x, w, steps, i == 1).hidden);
  }
  return outputs.size() == 1 ? outputs[0] : at::cat(outputs, 1);
}

}  // namespace fathom::ops
