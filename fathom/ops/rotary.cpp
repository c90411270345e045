#include "fathom/ops/rotary.h"

namespace fathom::ops {

at::Tensor rotary(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, const at::Tensor& positions, bool interleaved) {
  return reference::rotary(x, cos, sin, positions, interleaved);
}

}  // namespace fathom::ops
