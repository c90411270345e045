#include "fathom/ops/adamw.h"

namespace fathom::ops {

void adamw_(at::Tensor& parameter, const at::Tensor& gradient, at::Tensor& exp_avg, at::Tensor& exp_avg_sq, const AdamWStep& step) {
  reference::adamw_(parameter, gradient, exp_avg, exp_avg_sq, step);
}

double global_norm(const std::vector<at::Tensor>& gradients) { return reference::global_norm(gradients); }

}  // namespace fathom::ops
