#include "fathom/ops/moe.h"

#include <limits>

#include "fathom/ops/moe_shapes.h"
#include "fathom/ops/swiglu.h"

namespace fathom::ops::reference {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The indices of the k largest of each row, ties to the lower index (top-k of libtorch promises no order among equals).
at::Tensor largest(const at::Tensor& values, std::int64_t k) {
  return std::get<1>(at::sort(values, true, -1, true)).narrow(-1, 0, k).contiguous();
}

// Experts by biased score; those of dropped groups rank last.
at::Tensor select(const at::Tensor& scores, const at::Tensor& bias, const RouterOptions& options) {
  at::Tensor choice = scores + bias.to(scores.scalar_type());
  choice = choice.masked_fill(choice.isnan(), -infinity);
  if (options.groups > 1 && options.top_groups < options.groups) {
    const std::int64_t size = scores.size(1) / options.groups;
    const at::Tensor grouped = choice.reshape({-1, options.groups, size});
    const at::Tensor group_scores = std::get<0>(grouped.topk(std::min<std::int64_t>(2, size), -1)).sum(-1);
    const at::Tensor kept = at::zeros_like(group_scores, at::kBool).scatter(1, largest(group_scores, options.top_groups), true);
    choice = grouped.masked_fill(kept.logical_not().unsqueeze(-1), -infinity).reshape(scores.sizes());
  }
  return largest(choice, options.top_k);
}

}  // namespace

Routing route(const at::Tensor& logits, const at::Tensor& correction_bias, const RouterOptions& options, const at::Tensor& replay) {
  check_route(logits, correction_bias, options, replay);
  const at::ScalarType wide = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  Routing result;
  result.scores = logits.to(wide).sigmoid();
  result.experts = replay.defined() ? replay : select(result.scores.detach(), correction_bias.detach(), options);
  at::Tensor gates = result.scores.gather(1, result.experts);
  if (options.normalize) gates = gates / (gates.sum(-1, true) + 1e-20);
  result.gates = gates * options.scaling;
  result.counts = at::zeros({logits.size(1)}, result.experts.options())
                      .scatter_add(0, result.experts.reshape({-1}), at::ones_like(result.experts).reshape({-1}));
  return result;
}

at::Tensor moe_experts(const at::Tensor& x, const Routing& routing, const at::Tensor& gate_up, const at::Tensor& down) {
  check_moe_experts(x, routing, gate_up, down);
  at::Tensor result = at::zeros_like(x);
  for (std::int64_t expert = 0; expert < gate_up.size(0); ++expert) {
    const at::Tensor chosen = routing.experts.eq(expert).nonzero();  // [pairs, 2]: token and place
    if (chosen.size(0) == 0) continue;
    const at::Tensor tokens = chosen.select(1, 0), places = chosen.select(1, 1);
    const at::Tensor rows = x.index_select(0, tokens);
    const at::Tensor hidden = reference::swiglu(at::matmul(rows, gate_up[expert].to(x.scalar_type()).t()));
    const at::Tensor out = at::matmul(hidden, down[expert].to(x.scalar_type()).t());
    const at::Tensor gates = routing.gates.index({tokens, places}).unsqueeze(1).to(x.scalar_type());
    result = result.index_add(0, tokens, out * gates);
  }
  return result;
}

at::Tensor sequence_balance_loss(const Routing& routing, const PackedSequences& sequences) {
  check_balance_loss(routing, sequences);
  const at::Tensor& scores = routing.scores;
  const std::int64_t experts = scores.size(1), top_k = routing.experts.size(1);
  at::Tensor total = at::zeros({}, scores.options());
  for (std::int64_t s = 0; s < sequences.count(); ++s) {
    const std::int64_t begin = sequences.host[static_cast<std::size_t>(s)];
    const std::int64_t length = sequences.host[static_cast<std::size_t>(s) + 1] - begin;
    if (length == 0) continue;
    const at::Tensor rows = scores.narrow(0, begin, length);
    const at::Tensor chosen = at::zeros_like(rows).scatter(1, largest(rows.detach(), top_k), 1.0);
    const at::Tensor load = chosen.mean(0) * (static_cast<double>(experts) / static_cast<double>(top_k));
    const at::Tensor share = (rows / (rows.sum(1, true) + 1e-20)).mean(0);
    total = total + (load * share).sum();
  }
  return total / std::max<double>(1.0, static_cast<double>(sequences.count()));
}

}  // namespace fathom::ops::reference
