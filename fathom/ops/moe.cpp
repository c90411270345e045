#include "fathom/ops/moe.h"

namespace fathom::ops {

Routing route(const at::Tensor& logits, const at::Tensor& correction_bias, const RouterOptions& options, const at::Tensor& replay) {
  return reference::route(logits, correction_bias, options, replay);
}

at::Tensor moe_experts(const at::Tensor& x, const Routing& routing, const at::Tensor& gate_up, const at::Tensor& down) {
  return reference::moe_experts(x, routing, gate_up, down);
}

at::Tensor sequence_balance_loss(const Routing& routing, const PackedSequences& sequences) {
  return reference::sequence_balance_loss(routing, sequences);
}

}  // namespace fathom::ops
