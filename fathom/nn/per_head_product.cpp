#include "fathom/nn/per_head_product.h"

#include <ATen/Parallel.h>

#include "fathom/ops/cpu/gemm.h"
#include "fathom/ops/cpu/gemv.h"

namespace fathom::nn {
namespace {

bool on_cpu_kernel(const at::Tensor& x, const at::Tensor& weight) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat &&
         (weight.stride(2) == 1 || weight.stride(1) == 1);
}

}  // namespace

at::Tensor per_head_product(const at::Tensor& x_in, const at::Tensor& weight) {
  const std::int64_t tokens = x_in.size(0), heads = x_in.size(1), in = x_in.size(2), out = weight.size(2);
  if (!on_cpu_kernel(x_in, weight)) return at::bmm(x_in.transpose(0, 1), weight.to(x_in.scalar_type())).transpose(0, 1);

  const at::Tensor x = x_in.stride(2) == 1 ? x_in : x_in.contiguous();
  at::Tensor result = at::empty({tokens, heads, out}, x.options());
  const float *from = x.data_ptr<float>(), *matrix = weight.data_ptr<float>();
  float* to = result.data_ptr<float>();
  const bool transposed = weight.stride(2) != 1;  // stored [heads, out, in]
  at::parallel_for(0, heads, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t h = begin; h < end; ++h) {
      const float *a = from + h * x.stride(1), *b = matrix + h * weight.stride(0);
      float* c = to + h * out;
      if (transposed && ops::cpu::few_rows_pay(tokens, out, in))
        ops::cpu::few_rows_product(tokens, out, in, a, x.stride(0), b, weight.stride(2), nullptr, c, heads * out);
      else
        ops::cpu::gemm_single_thread(ops::cpu::Transpose::no, transposed ? ops::cpu::Transpose::yes : ops::cpu::Transpose::no, tokens, out,
                                     in, 1.0F, a, x.stride(0), b, transposed ? weight.stride(2) : weight.stride(1), 0.0F, c, heads * out);
    }
  });
  return result;
}

}  // namespace fathom::nn
