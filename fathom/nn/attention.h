// What a decoder layer needs of its attention.
#pragma once

#include <ATen/ATen.h>

#include "fathom/nn/forward_context.h"
#include "fathom/nn/module.h"

namespace fathom::nn {

class Attention : public Module {
 public:
  // x [tokens, hidden] (normalised) → [tokens, hidden]. With a cache in the context the new tokens' rows are stored first, and
  // nothing is differentiable.
  virtual at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const = 0;
};

}  // namespace fathom::nn
