// What a decoder layer needs of its feed-forward part.
#pragma once

#include <ATen/ATen.h>

#include "fathom/nn/forward_context.h"
#include "fathom/nn/module.h"

namespace fathom::nn {

class FeedForward : public Module {
 public:
  // x [tokens, hidden] (normalised) → [tokens, hidden].
  virtual at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const = 0;
};

}  // namespace fathom::nn
