#include "fathom/ops/moe_shapes.h"

#include <fmt/ranges.h>

#include <string>

#include "fathom/base/error.h"

namespace fathom::ops {
namespace {

std::string shape(const at::Tensor& t) { return t.defined() ? fmt::format("[{}]", fmt::join(t.sizes(), ", ")) : "nothing"; }

}  // namespace

void check_route(const at::Tensor& logits, const at::Tensor& correction_bias, const RouterOptions& options, const at::Tensor& replay) {
  require(logits.dim() == 2 && correction_bias.dim() == 1 && correction_bias.size(0) == logits.size(1),
          "route: logits {}, correction bias {}; expected [tokens, experts] and [experts]", shape(logits), shape(correction_bias));
  const std::int64_t experts = logits.size(1);
  require(options.groups >= 1 && options.top_groups >= 1 && options.top_groups <= options.groups && experts % options.groups == 0,
          "route: {} experts in {} groups of which {} are kept; the groups must divide the experts and at least one must be kept", experts,
          options.groups, options.top_groups);
  require(options.top_k >= 1 && options.top_k <= options.top_groups * (experts / options.groups),
          "route: {} experts a token, but only {} in the groups that are kept", options.top_k,
          options.top_groups * (experts / options.groups));
  if (!replay.defined()) return;
  require(replay.scalar_type() == at::kLong && replay.dim() == 2 && replay.size(0) == logits.size(0) && replay.size(1) == options.top_k,
          "route: replayed experts {}; expected int64 [{}, {}]", shape(replay), logits.size(0), options.top_k);
  require(replay.numel() == 0 || (replay.min().item<std::int64_t>() >= 0 && replay.max().item<std::int64_t>() < experts),
          "route: replayed experts name one outside [0, {})", experts);
}

void check_moe_experts(const at::Tensor& x, const Routing& routing, const at::Tensor& gate_up, const at::Tensor& down) {
  require(x.dim() == 2 && gate_up.dim() == 3 && down.dim() == 3 && gate_up.size(2) == x.size(1) && gate_up.size(1) == 2 * down.size(2) &&
              down.size(0) == gate_up.size(0) && down.size(1) == x.size(1),
          "moe_experts: x {}, gate_up {}, down {}; expected [tokens, hidden], [experts, 2 * width, hidden], [experts, hidden, width]",
          shape(x), shape(gate_up), shape(down));
  require(routing.experts.defined() && routing.experts.dim() == 2 && routing.experts.size(0) == x.size(0) &&
              routing.gates.sizes() == routing.experts.sizes() && routing.counts.dim() == 1 && routing.counts.size(0) == gate_up.size(0),
          "moe_experts: {} tokens and {} experts, but the routing has experts {}, gates {} and counts {}", x.size(0), gate_up.size(0),
          shape(routing.experts), shape(routing.gates), shape(routing.counts));
}

void check_balance_loss(const Routing& routing, const PackedSequences& sequences) {
  require(routing.scores.dim() == 2 && routing.experts.dim() == 2 && routing.scores.size(0) == sequences.tokens(),
          "sequence_balance_loss: scores {}, experts {}, sequences of {} tokens", shape(routing.scores), shape(routing.experts),
          sequences.tokens());
}

}  // namespace fathom::ops
