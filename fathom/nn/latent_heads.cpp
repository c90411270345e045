#include "fathom/nn/latent_heads.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/ops/dispatch.h"
#include "fathom/ops/rotary.h"

namespace fathom::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t values_a_task = 16384;

// Calls body(token, head) for all heads of all tokens, tokens spread over the threads.
template <typename Body>
void for_each_token(std::int64_t tokens, const LatentHeadShape& shape, const Body& body) {
  const std::int64_t width = shape.heads * (shape.nope_dim + shape.rope_dim);
  at::parallel_for(0, tokens, std::max<std::int64_t>(1, values_a_task / width), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t token = begin; token < end; ++token) body(token);
  });
}

// `direction` -1 rotates back.
void rotate(const float* from, const float* cos, const float* sin, const LatentHeadShape& shape, float direction, float* to) {
  const std::int64_t pairs = shape.rope_dim / 2;
  const std::int64_t step = shape.rope_interleaved ? 2 : 1, apart = shape.rope_interleaved ? 1 : pairs;
  for (std::int64_t i = 0; i < pairs; ++i) {
    const float first = from[step * i], second = from[step * i + apart], turn = sin[i] * direction;
    to[step * i] = first * cos[i] - second * turn;
    to[step * i + apart] = second * cos[i] + first * turn;
  }
}

void check_positions(const at::Tensor& positions, std::int64_t table) {
  const auto* data = positions.data_ptr<std::int64_t>();
  for (std::int64_t t = 0; t < positions.size(0); ++t)
    require(data[t] >= 0 && data[t] < table, "position {} of token {} is outside the model's context of {}", data[t], t, table);
}

LatentHeads join_on_cpu(const at::Tensor& q_in, const at::Tensor& kv_in, const at::Tensor& k_rope_in, const RopeTable& rope,
                        const at::Tensor& positions_in, const LatentHeadShape& shape) {
  const at::Tensor q = q_in.contiguous(), kv = kv_in.contiguous(), k_rope = k_rope_in.contiguous(), positions = positions_in.contiguous();
  check_positions(positions, rope.cos.size(0));
  const std::int64_t tokens = q.size(0), nope = shape.nope_dim, key = nope + shape.rope_dim, joined = nope + shape.v_dim;
  LatentHeads out{at::empty({tokens, shape.heads, key}, q.options()), at::empty({tokens, shape.heads, key}, q.options()),
                  at::empty({tokens, shape.heads, shape.v_dim}, q.options())};
  const float *q_data = q.data_ptr<float>(), *kv_data = kv.data_ptr<float>(), *k_rope_data = k_rope.data_ptr<float>();
  const float *cos = rope.cos.data_ptr<float>(), *sin = rope.sin.data_ptr<float>();
  const auto* position = positions.data_ptr<std::int64_t>();
  float *q_out = out.q.data_ptr<float>(), *k_out = out.k.data_ptr<float>(), *v_out = out.v.data_ptr<float>();
  for_each_token(tokens, shape, [&](std::int64_t token) {
    const float *c = cos + position[token] * (shape.rope_dim / 2), *s = sin + position[token] * (shape.rope_dim / 2);
    const float* rotated = k_rope_data + token * shape.rope_dim;
    for (std::int64_t row = token * shape.heads; row < (token + 1) * shape.heads; ++row) {
      std::copy_n(q_data + row * key, nope, q_out + row * key);
      rotate(q_data + row * key + nope, c, s, shape, 1.0F, q_out + row * key + nope);
      std::copy_n(kv_data + row * joined, nope, k_out + row * key);
      std::copy_n(rotated, shape.rope_dim, k_out + row * key + nope);
      std::copy_n(kv_data + row * joined + nope, shape.v_dim, v_out + row * shape.v_dim);
    }
  });
  return out;
}

struct JoinLatentHeads : torch::autograd::Function<JoinLatentHeads> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& q, const at::Tensor& kv, const at::Tensor& k_rope,
                               const at::Tensor& cos, const at::Tensor& sin, const at::Tensor& positions,
                               const std::vector<std::int64_t>& dims, bool interleaved) {
    const LatentHeads heads = join_on_cpu(q, kv, k_rope, {cos, sin}, positions, {dims[0], dims[1], dims[2], dims[3], interleaved});
    ctx->save_for_backward({cos, sin, positions});
    ctx->saved_data["dims"] = dims;
    ctx->saved_data["interleaved"] = interleaved;
    return {heads.q, heads.k, heads.v};
  }

  // The transposes of copying and rotating; every head's part of the shared key is summed.
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const std::vector<std::int64_t> dims = ctx->saved_data["dims"].toIntVector();
    const LatentHeadShape shape{dims[0], dims[1], dims[2], dims[3], ctx->saved_data["interleaved"].toBool()};
    const at::Tensor grad_q = grads[0].contiguous(), grad_k = grads[1].contiguous(), grad_v = grads[2].contiguous();
    const at::Tensor positions = saved[2].contiguous();
    const std::int64_t tokens = grad_q.size(0), nope = shape.nope_dim, key = nope + shape.rope_dim, joined = nope + shape.v_dim;
    at::Tensor q = at::empty({tokens, shape.heads * key}, grad_q.options()),
               kv = at::empty({tokens, shape.heads * joined}, grad_q.options());
    at::Tensor k_rope = at::zeros({tokens, 1, shape.rope_dim}, grad_q.options());
    const float *gq = grad_q.data_ptr<float>(), *gk = grad_k.data_ptr<float>(), *gv = grad_v.data_ptr<float>();
    const float *cos = saved[0].data_ptr<float>(), *sin = saved[1].data_ptr<float>();
    const auto* position = positions.data_ptr<std::int64_t>();
    float *q_out = q.data_ptr<float>(), *kv_out = kv.data_ptr<float>(), *k_rope_out = k_rope.data_ptr<float>();
    for_each_token(tokens, shape, [&](std::int64_t token) {
      const float *c = cos + position[token] * (shape.rope_dim / 2), *s = sin + position[token] * (shape.rope_dim / 2);
      float* shared = k_rope_out + token * shape.rope_dim;
      for (std::int64_t row = token * shape.heads; row < (token + 1) * shape.heads; ++row) {
        std::copy_n(gq + row * key, nope, q_out + row * key);
        rotate(gq + row * key + nope, c, s, shape, -1.0F, q_out + row * key + nope);
        std::copy_n(gk + row * key, nope, kv_out + row * joined);
        for (std::int64_t i = 0; i < shape.rope_dim; ++i) shared[i] += gk[row * key + nope + i];
        std::copy_n(gv + row * shape.v_dim, shape.v_dim, kv_out + row * joined + nope);
      }
    });
    return {q, kv, k_rope, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

LatentHeads join_latent_heads(const at::Tensor& q, const at::Tensor& kv, const at::Tensor& k_rope, const RopeTable& rope,
                              const at::Tensor& positions, const LatentHeadShape& shape) {
  const std::int64_t tokens = q.size(0), nope = shape.nope_dim;
  if (ops::all_cpu_fp32(q, kv, k_rope, rope.cos)) {
    if (!ops::needs_graph(q, kv, k_rope)) return join_on_cpu(q, kv, k_rope, rope, positions, shape);
    const variable_list heads =
        JoinLatentHeads::apply(q, kv, k_rope, rope.cos, rope.sin, positions,
                               std::vector<std::int64_t>{shape.heads, nope, shape.rope_dim, shape.v_dim}, shape.rope_interleaved);
    return {heads[0], heads[1], heads[2]};
  }
  const std::vector<at::Tensor> queries = q.view({tokens, shape.heads, nope + shape.rope_dim}).split_with_sizes({nope, shape.rope_dim}, 2);
  const std::vector<at::Tensor> keys = kv.view({tokens, shape.heads, nope + shape.v_dim}).split_with_sizes({nope, shape.v_dim}, 2);
  const at::Tensor rotated = ops::rotary(queries[1], rope.cos, rope.sin, positions, shape.rope_interleaved);
  return {at::cat({queries[0], rotated}, 2), at::cat({keys[0], k_rope.expand({tokens, shape.heads, shape.rope_dim})}, 2), keys[1]};
}

}  // namespace fathom::nn
