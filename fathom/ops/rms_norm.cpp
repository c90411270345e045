#include "fathom/ops/rms_norm.h"

namespace fathom::ops {

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) { return reference::rms_norm(x, weight, eps); }

std::pair<at::Tensor, at::Tensor> add_rms_norm(const at::Tensor& x, const at::Tensor& residual, const at::Tensor& weight, double eps) {
  const at::Tensor sum = residual + x;
  return {rms_norm(sum, weight, eps), sum};
}

}  // namespace fathom::ops
