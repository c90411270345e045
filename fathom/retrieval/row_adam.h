// Adam for a table of which each step uses few rows: only these and their moments are read and written ("lazy" Adam).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace fathom::retrieval {

class RowAdam {
 public:
  // `table` [rows, width] fp32 contiguous; changed in place.
  RowAdam(at::Tensor table, double beta1, double beta2, double eps);
  // rows [n] int64, none twice; gradient [n, width].
  void step(const at::Tensor& rows, const at::Tensor& gradient, double learning_rate);

 private:
  at::Tensor table_, exp_avg_, exp_avg_sq_;
  double beta1_, beta2_, eps_;
  std::int64_t steps_ = 0;
};

}  // namespace fathom::retrieval
