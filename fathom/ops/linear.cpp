#include "fathom/ops/linear.h"

namespace fathom::ops {

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  return reference::linear(x, weight, bias);
}

}  // namespace fathom::ops
