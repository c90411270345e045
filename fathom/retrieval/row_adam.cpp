#include "fathom/retrieval/row_adam.h"

#include "fathom/ops/adamw.h"

namespace fathom::retrieval {

RowAdam::RowAdam(at::Tensor table, double beta1, double beta2, double eps)
    : table_(std::move(table)),
      exp_avg_(at::zeros_like(table_)),
      exp_avg_sq_(at::zeros_like(table_)),
      beta1_(beta1),
      beta2_(beta2),
      eps_(eps) {}

void RowAdam::step(const at::Tensor& rows, const at::Tensor& gradient, double learning_rate) {
  const at::NoGradGuard no_grad;
  at::Tensor values = table_.index_select(0, rows), first = exp_avg_.index_select(0, rows), second = exp_avg_sq_.index_select(0, rows);
  ops::AdamWStep update{};
  update.learning_rate = learning_rate;
  update.beta1 = beta1_;
  update.beta2 = beta2_;
  update.eps = eps_;
  update.step = ++steps_;
  ops::adamw_(values, gradient.contiguous(), first, second, update);
  table_.index_copy_(0, rows, values);
  exp_avg_.index_copy_(0, rows, first);
  exp_avg_sq_.index_copy_(0, rows, second);
}

}  // namespace fathom::retrieval
