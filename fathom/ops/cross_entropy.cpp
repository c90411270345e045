#include "fathom/ops/cross_entropy.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include "fathom/base/error.h"
#include "fathom/ops/cross_entropy_shapes.h"
#include "fathom/ops/dispatch.h"
#include "fathom/ops/projection_chunks.h"
#include "fathom/ops/torch_compat.h"

namespace fathom::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The rows that take part, laid side by side. SFT masks prompts, rewards leave tokens without a gradient: their logits are
// never computed.
struct ChosenRows {
  at::Tensor rows;  // [chosen] int64, undefined: all
  std::int64_t total;

  explicit ChosenRows(const at::Tensor& mask) : total(mask.size(0)) {
    at::Tensor chosen = mask.nonzero().squeeze(1);
    if (chosen.size(0) != total) rows = chosen;
  }
  at::Tensor take(const at::Tensor& t) const { return rows.defined() ? t.index_select(0, rows) : t.contiguous(); }
  // The inverse: zeros elsewhere.
  at::Tensor spread(const at::Tensor& t) const {
    if (!rows.defined() || !t.defined()) return t;
    std::vector<std::int64_t> sizes = t.sizes().vec();
    sizes[0] = total;
    return at::zeros(sizes, t.options()).index_copy_(0, rows, t);
  }
};

at::Tensor scaled(const at::Tensor& gradient, const at::Tensor& factor) {
  if (!gradient.defined() || (factor.is_cpu() && factor.item<double>() == 1.0)) return gradient;
  return gradient * factor.to(gradient.scalar_type());
}

CrossEntropySum run_sum(CrossEntropyTask task) {
  const at::NoGradGuard no_grad;
  const ChosenRows chosen(task.targets.ne(ignore_index).logical_and(task.grad_weights.ne(0)));
  const bool kernel = all_cpu_fp32(task.hidden, task.weight) && (!task.bias.defined() || all_cpu_fp32(task.bias));
  task.hidden = chosen.take(task.hidden);
  task.weight = task.weight.contiguous();
  if (task.bias.defined()) task.bias = task.bias.contiguous();
  task.targets = chosen.take(task.targets);
  task.grad_weights = chosen.take(task.grad_weights).to(kernel ? at::kFloat : task.grad_weights.scalar_type());
  CrossEntropySum result = kernel ? cpu::cross_entropy_sum(task) : expressions::cross_entropy_sum(task);
  result.gradients.hidden = chosen.spread(result.gradients.hidden);
  return result;
}

struct LinearCrossEntropySum : torch::autograd::Function<LinearCrossEntropySum> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& hidden, const at::Tensor& weight, const compat::OptionalTensor& bias,
                            const at::Tensor& targets, const at::Tensor& grad_weights, double label_smoothing) {
    CrossEntropyTask task{hidden, weight, bias ? *bias : at::Tensor(), targets, grad_weights, label_smoothing};
    task.want_hidden = hidden.requires_grad();
    task.want_weight = weight.requires_grad();
    task.want_bias = bias && bias->requires_grad();
    const CrossEntropySum result = run_sum(std::move(task));
    ctx->save_for_backward({result.gradients.hidden, result.gradients.weight, result.gradients.bias});
    return result.loss;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    return {scaled(saved[0], grads[0]), scaled(saved[1], grads[0]), scaled(saved[2], grads[0]), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

LogProbRows run_log_probs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature) {
  const auto run = all_cpu_fp32(hidden, weight) ? cpu::log_probs : expressions::log_probs;
  return run(hidden.contiguous(), weight.contiguous(), targets.contiguous(), temperature);
}

struct LinearLogProbs : torch::autograd::Function<LinearLogProbs> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                               double temperature) {
    const LogProbRows result = run_log_probs(hidden, weight, targets, temperature);
    ctx->save_for_backward({hidden, weight, targets, result.log_sums});
    ctx->saved_data["temperature"] = temperature;
    ctx->mark_non_differentiable({result.entropy});
    return {result.log_probs, result.entropy};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &hidden = saved[0], &weight = saved[1];
    const ChosenRows chosen(grads[0].ne(0));
    const auto run = all_cpu_fp32(hidden, weight) ? cpu::log_probs_backward : expressions::log_probs_backward;
    const ProjectionGradients gradients =
        run(chosen.take(hidden), weight.contiguous(), chosen.take(saved[2]), ctx->saved_data["temperature"].toDouble(),
            chosen.take(saved[3]), chosen.take(grads[0]), ctx->needs_input_grad(0), ctx->needs_input_grad(1));
    return {chosen.spread(gradients.hidden), gradients.weight, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor linear_cross_entropy_sum(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                                    const at::Tensor& grad_weights, const CrossEntropyOptions& options) {
  check_projection("linear_cross_entropy_sum", hidden, weight, targets, true);
  require(grad_weights.sizes() == targets.sizes(), "linear_cross_entropy_sum: targets [{}], weights of the sum [{}]; expected equal shapes",
          fmt::join(targets.sizes(), ", "), fmt::join(grad_weights.sizes(), ", "));
  require(options.label_smoothing >= 0.0 && options.label_smoothing < 1.0,
          "linear_cross_entropy_sum: label smoothing {}; expected in [0, 1)", options.label_smoothing);
  const at::Tensor bias = options.bias.value_or(at::Tensor());
  require(!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(0)),
          "linear_cross_entropy_sum: weight [{}], bias of {} values; expected one a row of the weight", fmt::join(weight.sizes(), ", "),
          bias.defined() ? bias.numel() : 0);
  if (needs_graph(hidden, weight) || (bias.defined() && needs_graph(bias))) {
    return LinearCrossEntropySum::apply(hidden, weight, bias.defined() ? compat::OptionalTensor(bias) : compat::OptionalTensor(), targets,
                                        grad_weights, options.label_smoothing);
  }
  return run_sum({hidden, weight, bias, targets, grad_weights, options.label_smoothing}).loss;
}

at::Tensor linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets) {
  check_projection("linear_cross_entropy", hidden, weight, targets, true);
  const at::NoGradGuard no_grad;
  const ChosenRows chosen(targets.ne(ignore_index));
  return chosen.spread(run_log_probs(chosen.take(hidden), weight, chosen.take(targets), 1.0).log_probs.neg());
}

TokenLogProbs linear_log_probs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature) {
  check_projection("linear_log_probs", hidden, weight, targets, false);
  require(temperature > 0.0, "linear_log_probs: temperature {}; expected a positive number", temperature);
  if (needs_graph(hidden, weight)) {
    const variable_list both = LinearLogProbs::apply(hidden, weight, targets, temperature);
    return {both[0], both[1]};
  }
  const at::NoGradGuard no_grad;
  const LogProbRows rows = run_log_probs(hidden, weight, targets, temperature);
  return {rows.log_probs, rows.entropy};
}

}  // namespace fathom::ops
