// What every face of the mixture-of-experts operations requires of its arguments. Each throws Error naming what it got.
#pragma once

#include "fathom/ops/moe.h"

namespace fathom::ops {

void check_route(const at::Tensor& logits, const at::Tensor& correction_bias, const RouterOptions& options, const at::Tensor& replay);
void check_moe_experts(const at::Tensor& x, const Routing& routing, const at::Tensor& gate_up, const at::Tensor& down);
void check_balance_loss(const Routing& routing, const PackedSequences& sequences);

}  // namespace fathom::ops
