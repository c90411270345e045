// Which face of an operation serves its arguments.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace fathom::ops {

// The fused CPU kernels take fp32 tensors in host memory; everything else goes to tensor expressions.
template <typename... Tensors>
bool all_cpu_fp32(const Tensors&... tensors) {
  return ((tensors.is_cpu() && tensors.scalar_type() == at::kFloat) && ...);
}

// Whether an autograd node must be made. Without one the kernel is called directly.
template <typename... Tensors>
bool needs_graph(const Tensors&... tensors) {
  return at::GradMode::is_enabled() && (tensors.requires_grad() || ...);
}

}  // namespace fathom::ops
