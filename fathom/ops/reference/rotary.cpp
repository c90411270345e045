#include "fathom/ops/rotary.h"

namespace fathom::ops::reference {

at::Tensor rotary(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, const at::Tensor& positions, bool interleaved) {
  const at::ScalarType wide = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const std::int64_t pairs = x.size(2) / 2;
  const at::Tensor c = cos.index_select(0, positions).unsqueeze(1).to(wide);  // [tokens, 1, pairs]
  const at::Tensor s = sin.index_select(0, positions).unsqueeze(1).to(wide);
  const at::Tensor values = x.to(wide);
  if (interleaved) {
    const at::Tensor pair = values.reshape({x.size(0), x.size(1), pairs, 2});
    const at::Tensor first = pair.select(3, 0), second = pair.select(3, 1);
    return at::stack({first * c - second * s, second * c + first * s}, 3).reshape(x.sizes()).to(x.scalar_type());
  }
  const at::Tensor first = values.narrow(2, 0, pairs), second = values.narrow(2, pairs, pairs);
  return at::cat({first * c - second * s, second * c + first * s}, 2).to(x.scalar_type());
}

}  // namespace fathom::ops::reference
