// SwiGLU (Shazeer 2020): silu(gate) · up on the joined projection.
#pragma once

#include <ATen/ATen.h>

namespace fathom::ops {

// gate_up [tokens, 2 * width], gate first → [tokens, width]. Differentiable.
at::Tensor swiglu(const at::Tensor& gate_up);

namespace reference {
at::Tensor swiglu(const at::Tensor& gate_up);
}

}  // namespace fathom::ops
