#include "fathom/ops/rotary.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/ops/cpu/rotary.h"
#include "fathom/ops/dispatch.h"

namespace fathom::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void check(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, const at::Tensor& positions) {
  require(x.dim() == 3 && x.size(2) % 2 == 0 && cos.dim() == 2 && cos.size(1) == x.size(2) / 2 && sin.sizes() == cos.sizes() &&
              positions.dim() == 1 && positions.size(0) == x.size(0) && positions.scalar_type() == at::kLong,
          "rotary: x [{}], cos [{}], sin [{}], positions [{}]; expected [tokens, heads, rope_dim], twice [max_positions, rope_dim / 2] and "
          "int64 [tokens]",
          fmt::join(x.sizes(), ", "), fmt::join(cos.sizes(), ", "), fmt::join(sin.sizes(), ", "), fmt::join(positions.sizes(), ", "));
}

void check_positions(const std::int64_t* positions, std::int64_t tokens, std::int64_t max_positions) {
  for (std::int64_t t = 0; t < tokens; ++t) {
    require(positions[t] >= 0 && positions[t] < max_positions, "rotary: position {} of token {} is outside the table of {} positions",
            positions[t], t, max_positions);
  }
}

at::Tensor rotate(const at::Tensor& x_in, const at::Tensor& cos_in, const at::Tensor& sin_in, const at::Tensor& positions_in,
                  bool interleaved, float direction) {
  const at::Tensor x = x_in.stride(2) == 1 ? x_in : x_in.contiguous();
  const at::Tensor cos = cos_in.contiguous(), sin = sin_in.contiguous(), positions = positions_in.contiguous();
  check_positions(positions.data_ptr<std::int64_t>(), positions.size(0), cos.size(0));
  at::Tensor out = at::empty(x.sizes(), x.options());
  cpu::rotary({x.size(0), x.size(1), x.size(2) / 2, x.stride(0), x.stride(1)}, x.data_ptr<float>(), cos.data_ptr<float>(),
              sin.data_ptr<float>(), positions.data_ptr<std::int64_t>(), interleaved, direction, out.data_ptr<float>());
  return out;
}

struct Rotary : torch::autograd::Function<Rotary> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin,
                            const at::Tensor& positions, bool interleaved) {
    ctx->save_for_backward({cos, sin, positions});
    ctx->saved_data["interleaved"] = interleaved;
    return rotate(x, cos, sin, positions, interleaved, 1.0f);
  }

  // A rotation is undone by the opposite one, which is also its transpose.
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor grad = rotate(grads[0], saved[0], saved[1], saved[2], ctx->saved_data["interleaved"].toBool(), -1.0f);
    return {grad, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor rotary(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, const at::Tensor& positions, bool interleaved) {
  check(x, cos, sin, positions);
  if (!all_cpu_fp32(x, cos, sin)) return reference::rotary(x, cos, sin, positions, interleaved);
  return needs_graph(x) ? Rotary::apply(x, cos, sin, positions, interleaved) : rotate(x, cos, sin, positions, interleaved, 1.0f);
}

}  // namespace fathom::ops
