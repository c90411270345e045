#include "fathom/ops/moe.h"

#include <torch/csrc/autograd/custom_function.h>

#include "fathom/ops/cpu/experts.h"
#include "fathom/ops/cpu/router.h"
#include "fathom/ops/dispatch.h"
#include "fathom/ops/moe_shapes.h"
#include "fathom/ops/moe_sorted.h"

namespace fathom::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// ---- routing

Routing run_route(const at::Tensor& logits_in, const at::Tensor& bias_in, const RouterOptions& options, const at::Tensor& replay_in) {
  const at::Tensor logits = logits_in.contiguous(), bias = bias_in.contiguous();
  const at::Tensor replay = replay_in.defined() ? replay_in.contiguous() : replay_in;
  const std::int64_t tokens = logits.size(0), experts = logits.size(1);
  const at::TensorOptions integers = logits.options().dtype(at::kLong);
  Routing result{at::empty({tokens, options.top_k}, integers), at::empty({tokens, options.top_k}, logits.options()),
                 at::empty({tokens, experts}, logits.options()), at::empty({experts}, integers)};
  cpu::route_forward(tokens, experts, options, logits.data_ptr<float>(), bias.data_ptr<float>(),
                     replay.defined() ? replay.data_ptr<std::int64_t>() : nullptr, result.scores.data_ptr<float>(),
                     result.experts.data_ptr<std::int64_t>(), result.gates.data_ptr<float>(), result.counts.data_ptr<std::int64_t>());
  return result;
}

struct Route : torch::autograd::Function<Route> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& logits, const Routing& routing, const RouterOptions& options) {
    ctx->save_for_backward({routing.scores, routing.experts});
    ctx->saved_data["top_k"] = options.top_k;
    ctx->saved_data["normalize"] = options.normalize;
    ctx->saved_data["scaling"] = options.scaling;
    ctx->set_materialize_grads(false);
    return {routing.gates, routing.scores};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &scores = saved[0], &experts = saved[1];
    RouterOptions options;
    options.top_k = ctx->saved_data["top_k"].toInt();
    options.normalize = ctx->saved_data["normalize"].toBool();
    options.scaling = ctx->saved_data["scaling"].toDouble();
    for (at::Tensor& grad : grads) {
      if (grad.defined()) grad = grad.contiguous();
    }
    at::Tensor result = at::empty(scores.sizes(), scores.options());
    cpu::route_backward(scores.size(0), scores.size(1), options, scores.data_ptr<float>(), experts.data_ptr<std::int64_t>(),
                        grads[0].defined() ? grads[0].data_ptr<float>() : nullptr,
                        grads[1].defined() ? grads[1].data_ptr<float>() : nullptr, result.data_ptr<float>());
    return {result, at::Tensor(), at::Tensor()};
  }
};

// ---- experts

cpu::ExpertOrder order_of(const at::Tensor& experts, std::int64_t count) {
  const at::Tensor chosen = experts.contiguous();
  return {chosen.data_ptr<std::int64_t>(), chosen.size(0), chosen.size(1), count};
}

// Contiguous tensors and the pointers into them.
struct DenseExperts {
  at::Tensor x, gates, gate_up, down;

  DenseExperts(const at::Tensor& x_in, const at::Tensor& gates_in, const at::Tensor& gate_up_in, const at::Tensor& down_in)
      : x(x_in.contiguous()), gates(gates_in.contiguous()), gate_up(gate_up_in.contiguous()), down(down_in.contiguous()) {}
  cpu::ExpertWeights weights() const { return {x.size(1), down.size(2), gate_up.data_ptr<float>(), down.data_ptr<float>()}; }
};

// `kept`, when given, receives what the backward pass needs.
at::Tensor run_experts(const DenseExperts& in, const at::Tensor& experts, at::Tensor* kept) {
  const cpu::ExpertOrder order = order_of(experts, in.gate_up.size(0));
  at::Tensor out = at::empty(in.x.sizes(), in.x.options());
  if (kept != nullptr) *kept = at::empty({order.pairs(), in.gate_up.size(1)}, in.x.options());
  cpu::experts_forward(order, in.x.size(0), in.weights(), in.x.data_ptr<float>(), in.gates.data_ptr<float>(),
                       kept != nullptr ? kept->data_ptr<float>() : nullptr, out.data_ptr<float>());
  return out;
}

struct MoeExperts : torch::autograd::Function<MoeExperts> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& gates, const at::Tensor& gate_up,
                            const at::Tensor& down, const at::Tensor& experts) {
    at::Tensor kept;
    const at::Tensor out = run_experts(DenseExperts(x, gates, gate_up, down), experts, &kept);
    ctx->save_for_backward({x, gates, gate_up, down, experts, kept});
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const DenseExperts in(saved[0], saved[1], saved[2], saved[3]);
    const at::Tensor grad_out = grads[0].contiguous();
    const cpu::ExpertOrder order = order_of(saved[4], in.gate_up.size(0));
    const bool want_weights = ctx->needs_input_grad(2) || ctx->needs_input_grad(3);
    const auto like = [](const at::Tensor& t, bool wanted) { return wanted ? at::empty(t.sizes(), t.options()) : at::Tensor(); };
    const auto data = [](const at::Tensor& t) { return t.defined() ? t.data_ptr<float>() : nullptr; };
    at::Tensor grad_x = like(in.x, ctx->needs_input_grad(0)), grad_gates = like(in.gates, true);
    at::Tensor grad_gate_up = like(in.gate_up, want_weights), grad_down = like(in.down, want_weights);
    cpu::experts_backward(order, in.x.size(0), in.weights(), in.x.data_ptr<float>(), in.gates.data_ptr<float>(), saved[5].data_ptr<float>(),
                          grad_out.data_ptr<float>(), {grad_gates.data_ptr<float>(), data(grad_x), data(grad_gate_up), data(grad_down)});
    return {grad_x, grad_gates, grad_gate_up, grad_down, at::Tensor()};
  }
};

// ---- balance loss

struct BalanceLoss : torch::autograd::Function<BalanceLoss> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& scores_in, std::int64_t top_k, const at::Tensor& offsets) {
    const at::Tensor scores = scores_in.contiguous();
    const std::int64_t sequences = offsets.size(0) - 1, experts = scores.size(1);
    at::Tensor loads = at::empty({sequences, experts}, scores.options());
    const double loss = cpu::balance_loss_forward(offsets.data_ptr<std::int32_t>(), sequences, experts, top_k, scores.data_ptr<float>(),
                                                  loads.data_ptr<float>());
    ctx->save_for_backward({scores, offsets, loads});
    return at::full({}, loss, scores.options());
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &scores = saved[0], &offsets = saved[1], &loads = saved[2];
    at::Tensor result = at::empty(scores.sizes(), scores.options());
    cpu::balance_loss_backward(offsets.data_ptr<std::int32_t>(), offsets.size(0) - 1, scores.size(1), scores.data_ptr<float>(),
                               loads.data_ptr<float>(), grads[0].item<float>(), result.data_ptr<float>());
    return {result, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

Routing route(const at::Tensor& logits, const at::Tensor& correction_bias, const RouterOptions& options, const at::Tensor& replay) {
  if (!all_cpu_fp32(logits, correction_bias)) return reference::route(logits, correction_bias, options, replay);
  check_route(logits, correction_bias, options, replay);
  Routing result = run_route(logits, correction_bias, options, replay);
  if (needs_graph(logits)) {
    const variable_list differentiable = Route::apply(logits, result, options);
    result.gates = differentiable[0];
    result.scores = differentiable[1];
  }
  return result;
}

at::Tensor moe_experts(const at::Tensor& x, const Routing& routing, const at::Tensor& gate_up, const at::Tensor& down) {
  check_moe_experts(x, routing, gate_up, down);
  if (!all_cpu_fp32(x, routing.gates, gate_up, down)) return moe_experts_sorted(x, routing, gate_up, down);
  if (needs_graph(x, routing.gates, gate_up, down)) return MoeExperts::apply(x, routing.gates, gate_up, down, routing.experts);
  return run_experts(DenseExperts(x, routing.gates, gate_up, down), routing.experts, nullptr);
}

at::Tensor sequence_balance_loss(const Routing& routing, const PackedSequences& sequences) {
  if (!all_cpu_fp32(routing.scores)) return reference::sequence_balance_loss(routing, sequences);
  check_balance_loss(routing, sequences);
  return BalanceLoss::apply(routing.scores, routing.experts.size(1), sequences.cu_seqlens);
}

}  // namespace fathom::ops
