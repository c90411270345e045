#include "fathom/ops/swiglu.h"

namespace fathom::ops {

at::Tensor swiglu(const at::Tensor& gate_up) { return reference::swiglu(gate_up); }

}  // namespace fathom::ops
