#include "fathom/ops/rms_norm.h"

namespace fathom::ops::reference {

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const at::ScalarType wide = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const at::Tensor values = x.to(wide);
  const at::Tensor scale = (values.square().mean(-1, true) + eps).rsqrt();
  return (values * scale * weight.to(wide)).to(x.scalar_type());
}

}  // namespace fathom::ops::reference
