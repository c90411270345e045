// Experts as tensor expressions over tokens sorted by expert: for devices without a kernel of ours.
#pragma once

#include "fathom/ops/moe.h"

namespace fathom::ops {

// As moe_experts. bf16 on CUDA uses libtorch's grouped product where there is one; otherwise one product an expert, with the
// counts read back to the host.
at::Tensor moe_experts_sorted(const at::Tensor& x, const Routing& routing, const at::Tensor& gate_up, const at::Tensor& down);

}  // namespace fathom::ops
