#include "fathom/ops/linear.h"

#include <fmt/ranges.h>

#include "fathom/base/error.h"

namespace fathom::ops::reference {

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  require(x.dim() == 2 && weight.dim() == 2 && x.size(1) == weight.size(1),
          "linear: x has shape [{}], the weight [{}]; expected [tokens, in] and [out, in]", fmt::join(x.sizes(), ", "),
          fmt::join(weight.sizes(), ", "));
  at::Tensor y = at::matmul(x, weight.to(x.scalar_type()).t());
  return bias && bias->defined() ? y + bias->to(x.scalar_type()) : y;
}

}  // namespace fathom::ops::reference
