// Each fused CPU kernel against the same operation as tensor expressions on libtorch, forward and backward, in one run:
//   fused_bench [TOKENS]       (default 4096)
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "fathom/ops/adamw.h"
#include "fathom/ops/cross_entropy.h"
#include "fathom/ops/moe.h"
#include "fathom/ops/moe_sorted.h"
#include "fathom/ops/rms_norm.h"
#include "fathom/ops/rotary.h"
#include "fathom/ops/swiglu.h"

namespace {

using namespace fathom::ops;
using Tensors = std::vector<at::Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

// The fastest of several runs, in milliseconds.
double milliseconds(const std::function<void()>& f) {
  double best = 1e30;
  for (int i = 0; i < 7; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

void report(const std::string& name, double fused, double expressions) {
  fmt::print("{:<44} {:>10.3f} {:>14.3f} {:>8.1f}x\n", name, fused, expressions, expressions / fused);
  std::fflush(stdout);
}

double time_of(const Function& f, const Tensors& inputs) {
  Tensors leaves;
  for (const at::Tensor& input : inputs) leaves.push_back(input.clone().set_requires_grad(true));
  Tensors gradients;
  for (const at::Tensor& output : f(leaves)) gradients.push_back(at::randn_like(output));
  return milliseconds([&] { torch::autograd::grad(f(leaves), leaves, gradients); });
}

void compare(const std::string& name, const Function& fused, const Function& expressions, const Tensors& inputs) {
  report(name, time_of(fused, inputs), time_of(expressions, inputs));
}

void compare_width(std::int64_t tokens, std::int64_t width) {
  const at::Tensor x = at::randn({tokens, width}), residual = at::randn({tokens, width}), weight = at::randn({width});
  const std::string shape = fmt::format(" {} x {}", tokens, width);
  compare(
      "rms_norm" + shape, [](const Tensors& in) -> Tensors { return {rms_norm(in[0], in[1], 1e-6)}; },
      [](const Tensors& in) -> Tensors { return {reference::rms_norm(in[0], in[1], 1e-6)}; }, {x, weight});
  compare(
      "add_rms_norm" + shape,
      [](const Tensors& in) -> Tensors {
        const auto [normed, sum] = add_rms_norm(in[0], in[1], in[2], 1e-6);
        return {normed, sum};
      },
      [](const Tensors& in) -> Tensors {
        const at::Tensor sum = in[0] + in[1];
        return {reference::rms_norm(sum, in[2], 1e-6), sum};
      },
      {x, residual, weight});

  const std::int64_t heads = width / 32;
  const at::Tensor angles = at::outer(at::arange(tokens, at::kFloat), at::rand({16})), cos = angles.cos(), sin = angles.sin();
  const at::Tensor positions = at::arange(tokens, at::kLong);
  for (bool interleaved : {false, true}) {
    compare(
        std::string(interleaved ? "rotary (interleaved)" : "rotary (halves)") + shape,
        [&](const Tensors& in) -> Tensors { return {rotary(in[0], cos, sin, positions, interleaved)}; },
        [&](const Tensors& in) -> Tensors { return {reference::rotary(in[0], cos, sin, positions, interleaved)}; },
        {at::randn({tokens, heads, 32})});
  }
  compare(
      "swiglu" + shape, [](const Tensors& in) -> Tensors { return {swiglu(in[0])}; },
      [](const Tensors& in) -> Tensors { return {reference::swiglu(in[0])}; }, {at::randn({tokens, 2 * width})});

  const std::int64_t experts = width / 16, expert_width = width / 2;
  RouterOptions options;
  options.top_k = 4;
  const at::Tensor logits = at::randn({tokens, experts}), bias = at::zeros({experts});
  compare(
      fmt::format("route {} x {} experts, top 4", tokens, experts),
      [&](const Tensors& in) -> Tensors { return {route(in[0], bias, options).gates}; },
      [&](const Tensors& in) -> Tensors { return {reference::route(in[0], bias, options).gates}; }, {logits});
  const PackedSequences sequences = PackedSequences::from_lengths(std::vector<std::int64_t>(16, tokens / 16), at::kCPU);
  Routing routing = route(logits.narrow(0, 0, sequences.tokens()), bias, options);
  compare(
      fmt::format("balance loss {} x {} experts", tokens, experts),
      [&](const Tensors& in) -> Tensors { return {sequence_balance_loss({routing.experts, {}, in[0], {}}, sequences)}; },
      [&](const Tensors& in) -> Tensors { return {reference::sequence_balance_loss({routing.experts, {}, in[0], {}}, sequences)}; },
      {routing.scores});
  routing = route(logits, bias, options);
  const auto with_gates = [&](const at::Tensor& gates) { return Routing{routing.experts, gates, routing.scores, routing.counts}; };
  compare(
      fmt::format("moe_experts{}, {} of width {}, top 4", shape, experts, expert_width),
      [&](const Tensors& in) -> Tensors { return {moe_experts(in[0], with_gates(in[1]), in[2], in[3])}; },
      [&](const Tensors& in) -> Tensors { return {moe_experts_sorted(in[0], with_gates(in[1]), in[2], in[3])}; },
      {x, routing.gates, at::randn({experts, 2 * expert_width, width}) * 0.1, at::randn({experts, width, expert_width}) * 0.1});

  const std::int64_t vocab = width * 16;
  const at::Tensor targets = at::randint(vocab, {tokens}, at::kLong), shares = at::full({tokens}, 1.0 / static_cast<double>(tokens));
  const at::Tensor projection = at::randn({vocab, width}) * 0.1;
  compare(
      fmt::format("linear_cross_entropy_sum{}, vocab {}", shape, vocab),
      [&](const Tensors& in) -> Tensors { return {linear_cross_entropy_sum(in[0], in[1], targets, shares)}; },
      [&](const Tensors& in) -> Tensors { return {(reference::linear_cross_entropy(in[0], in[1], targets) * shares).sum()}; },
      {x, projection});
  compare(
      fmt::format("linear_log_probs{}, vocab {}", shape, vocab),
      [&](const Tensors& in) -> Tensors { return {linear_log_probs(in[0], in[1], targets).log_probs}; },
      [&](const Tensors& in) -> Tensors { return {reference::linear_log_probs(in[0], in[1], targets).log_probs}; }, {x, projection});
}

// One token a step, experts beyond the caches: the chosen experts' weights are what must be read.
void compare_decoding() {
  const std::int64_t hidden = 1024, width = 1024, experts = 24;
  const at::Tensor gate_up = at::randn({experts, 2 * width, hidden}), down = at::randn({experts, hidden, width});
  const at::NoGradGuard no_grad;
  RouterOptions options;
  options.top_k = 4;
  for (std::int64_t tokens : {1, 4, 32}) {
    const Routing routing = route(at::randn({tokens, experts}), at::zeros({experts}), options);
    const at::Tensor x = at::randn({tokens, hidden});
    const double fused = milliseconds([&] { moe_experts(x, routing, gate_up, down); });
    report(fmt::format("moe_experts, decoding {} tokens", tokens), fused,
           milliseconds([&] { moe_experts_sorted(x, routing, gate_up, down); }));
    const double used = static_cast<double>(routing.counts.gt(0).sum().item<std::int64_t>());
    fmt::print("  {:.1f} MB of expert weights at {:.1f} GB/s\n", used * 12e-6 * static_cast<double>(hidden * width),
               used * 12e-6 * static_cast<double>(hidden * width) / fused);
  }
}

void compare_optimizer(std::int64_t count) {
  at::Tensor p = at::randn({count}), m = at::zeros({count}), v = at::zeros({count});
  const at::Tensor g = at::randn({count});
  const AdamWStep step{1e-3, 0.9, 0.95, 1e-8, 0.1, 10, 0.5};
  report(fmt::format("adamw_ {}", count), milliseconds([&] { adamw_(p, g, m, v, step); }),
         milliseconds([&] { reference::adamw_(p, g, m, v, step); }));
  report(fmt::format("global_norm {}", count), milliseconds([&] { global_norm({g}); }), milliseconds([&] { reference::global_norm({g}); }));
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t tokens = argc > 1 ? std::max(16L, std::atol(argv[1])) : 4096;
  fmt::print("{} threads; milliseconds, the fastest of 7\n{:<44} {:>10} {:>14} {:>9}\n", at::get_num_threads(), "forward and backward",
             "fused", "expressions", "speedup");
  for (std::int64_t width : {128, 512}) compare_width(tokens, width);
  compare_decoding();
  for (std::int64_t count : {std::int64_t{100'000}, std::int64_t{20'000'000}}) compare_optimizer(count);
}
