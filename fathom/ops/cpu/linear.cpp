#include "fathom/ops/cpu/linear.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "fathom/ops/cpu/gemm.h"
#include "fathom/ops/cpu/gemv.h"

namespace fathom::ops::cpu {
namespace {

// A matrix whose rows may be apart but whose elements within a row are not.
at::Tensor with_dense_rows(const at::Tensor& t) {
  const bool dense = (t.size(1) <= 1 || t.stride(1) == 1) && (t.size(0) <= 1 || t.stride(0) >= t.size(1));
  return dense ? t : t.contiguous();
}

// BLAS wants a leading dimension of at least the width, whatever stride a single row carries.
std::int64_t leading(const at::Tensor& t) { return t.size(0) > 1 ? t.stride(0) : std::max<std::int64_t>(1, t.size(1)); }

}  // namespace

at::Tensor linear_forward(const at::Tensor& x_in, const at::Tensor& weight_in, const at::Tensor& bias_in) {
  const at::Tensor x = with_dense_rows(x_in), weight = with_dense_rows(weight_in);
  const at::Tensor bias = bias_in.defined() ? bias_in.contiguous() : bias_in;
  const std::int64_t tokens = x.size(0), in = x.size(1), out = weight.size(0);
  at::Tensor y = at::empty({tokens, out}, x.options());
  float* result = y.data_ptr<float>();
  const float* b = bias.defined() ? bias.data_ptr<float>() : nullptr;
  if (few_rows_pay(tokens, out, in)) {
    few_rows_product(tokens, out, in, x.data_ptr<float>(), leading(x), weight.data_ptr<float>(), leading(weight), b, result, out);
    return y;
  }
  if (b != nullptr) {
    at::parallel_for(0, tokens, std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, out)),
                     [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t t = begin; t < end; ++t) std::copy_n(b, out, result + t * out);
                     });
  }
  gemm(Transpose::no, Transpose::yes, tokens, out, in, 1.0f, x.data_ptr<float>(), leading(x), weight.data_ptr<float>(), leading(weight),
       b != nullptr ? 1.0f : 0.0f, result, out);
  return y;
}

at::Tensor linear_grad_input(const at::Tensor& grad_in, const at::Tensor& weight_in) {
  const at::Tensor grad = with_dense_rows(grad_in), weight = with_dense_rows(weight_in);
  const std::int64_t tokens = grad.size(0), out = grad.size(1), in = weight.size(1);
  at::Tensor result = at::empty({tokens, in}, grad.options());
  gemm(Transpose::no, Transpose::no, tokens, in, out, 1.0f, grad.data_ptr<float>(), leading(grad), weight.data_ptr<float>(),
       leading(weight), 0.0f, result.data_ptr<float>(), in);
  return result;
}

at::Tensor linear_grad_weight(const at::Tensor& grad_in, const at::Tensor& x_in) {
  const at::Tensor grad = with_dense_rows(grad_in), x = with_dense_rows(x_in);
  const std::int64_t tokens = grad.size(0), out = grad.size(1), in = x.size(1);
  at::Tensor result = at::empty({out, in}, grad.options());
  gemm(Transpose::yes, Transpose::no, out, in, tokens, 1.0f, grad.data_ptr<float>(), leading(grad), x.data_ptr<float>(), leading(x), 0.0f,
       result.data_ptr<float>(), in);
  return result;
}

at::Tensor linear_grad_bias(const at::Tensor& grad_in) {
  const at::Tensor grad = with_dense_rows(grad_in);
  const std::int64_t tokens = grad.size(0), out = grad.size(1), stride = leading(grad);
  at::Tensor result = at::zeros({out}, grad.options());
  float* sums = result.data_ptr<float>();
  const float* g = grad.data_ptr<float>();
  at::parallel_for(0, out, std::max<std::int64_t>(16, 65536 / std::max<std::int64_t>(1, tokens)),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t t = 0; t < tokens; ++t) {
                       for (std::int64_t o = begin; o < end; ++o) sums[o] += g[t * stride + o];
                     }
                   });
  return result;
}

}  // namespace fathom::ops::cpu
