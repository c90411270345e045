#include "fathom/ops/attention.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "fathom/ops/attention_shapes.h"
#include "fathom/ops/cpu/attention.h"
#include "fathom/ops/paged_batched.h"
#include "fathom/ops/torch_compat.h"

namespace fathom::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool on_cpu_kernel(const at::Tensor& t) { return t.is_cpu() && t.scalar_type() == at::kFloat; }

at::Tensor with_dense_rows(const at::Tensor& t) { return t.size(2) <= 1 || t.stride(2) == 1 ? t : t.contiguous(); }

cpu::HeadRows head_rows(const at::Tensor& t) { return {t.data_ptr<float>(), t.stride(0), t.stride(1), t.size(2)}; }

cpu::CausalAttention describe(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const std::vector<std::int32_t>& offsets,
                              double scale) {
  return {head_rows(q),
          head_rows(k),
          head_rows(v),
          q.size(1),
          k.size(1),
          offsets.data(),
          static_cast<std::int64_t>(offsets.size()) - 1,
          static_cast<float>(scale)};
}

// The CPU kernels under autograd: beside its inputs and output the forward pass keeps only log-sum-exps [tokens, heads].
struct CausalAttentionFunction : torch::autograd::Function<CausalAttentionFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            const std::vector<std::int32_t>& offsets, double scale) {
    at::Tensor out = at::empty({q.size(0), q.size(1), v.size(2)}, q.options());
    at::Tensor log_sum_exp = at::empty({q.size(0), q.size(1)}, q.options());
    cpu::causal_attention_forward(describe(q, k, v, offsets, scale), out.data_ptr<float>(), log_sum_exp.data_ptr<float>());
    ctx->save_for_backward({q, k, v, out, log_sum_exp});
    ctx->saved_data["offsets"] = std::vector<std::int64_t>(offsets.begin(), offsets.end());
    ctx->saved_data["scale"] = scale;
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &out = saved[3], &log_sum_exp = saved[4];
    const std::vector<std::int64_t> wide = ctx->saved_data["offsets"].toIntVector();
    const std::vector<std::int32_t> offsets(wide.begin(), wide.end());
    if (!grads[0].defined()) return {at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
    const at::Tensor grad_out = with_dense_rows(grads[0]);
    at::Tensor grad_q = at::empty(q.sizes(), q.options()), grad_k = at::empty(k.sizes(), k.options()),
               grad_v = at::empty(v.sizes(), v.options());
    cpu::causal_attention_backward(describe(q, k, v, offsets, ctx->saved_data["scale"].toDouble()), head_rows(grad_out),
                                   out.data_ptr<float>(), log_sum_exp.data_ptr<float>(), grad_q.data_ptr<float>(), grad_k.data_ptr<float>(),
                                   grad_v.data_ptr<float>());
    return {grad_q, grad_k, grad_v, at::Tensor(), at::Tensor()};
  }
};

at::Tensor causal_attention_cpu(const at::Tensor& q_in, const at::Tensor& k_in, const at::Tensor& v_in, const PackedSequences& sequences,
                                double scale) {
  const at::Tensor q = with_dense_rows(q_in), k = with_dense_rows(k_in), v = with_dense_rows(v_in);
  if (at::GradMode::is_enabled() && (q.requires_grad() || k.requires_grad() || v.requires_grad())) {
    return CausalAttentionFunction::apply(q, k, v, sequences.host, scale);
  }
  at::Tensor out = at::empty({q.size(0), q.size(1), v.size(2)}, q.options());
  cpu::causal_attention_forward(describe(q, k, v, sequences.host, scale), out.data_ptr<float>(), nullptr);
  return out;
}

bool paged_on_cpu_kernel(const at::Tensor& q, const PagedKeys& cache) {
  const at::ScalarType type = cache.pages.scalar_type();
  return on_cpu_kernel(q) && cache.pages.is_cpu() && cache.pages.is_contiguous() &&
         (type == at::kFloat || type == at::kBFloat16 || type == at::kHalf);
}

// Parts of the query side by side (one or two), keys at the start of a cache row, values at values_offset.
at::Tensor paged_cpu(const std::vector<at::Tensor>& q, const PagedKeys& cache, const PackedSequences& queries, std::int64_t kv_heads,
                     std::int64_t v_dim, std::int64_t values_offset, double scale) {
  const at::ScalarType type = cache.pages.scalar_type();
  const at::Tensor table = cache.page_table.contiguous(), contexts = cache.context_lengths.contiguous();
  cpu::PagedAttention problem;
  std::vector<at::Tensor> dense;
  for (std::size_t i = 0; i < q.size(); ++i) problem.q[i] = head_rows(dense.emplace_back(with_dense_rows(q[i])));
  problem.heads = q[0].size(1), problem.kv_heads = kv_heads, problem.v_dim = v_dim, problem.values_offset = values_offset;
  problem.offsets = queries.host.data(), problem.sequences = queries.count();
  problem.pages = cache.pages.data_ptr();
  problem.type = type == at::kFloat ? cpu::CacheType::fp32 : type == at::kBFloat16 ? cpu::CacheType::bf16 : cpu::CacheType::fp16;
  problem.page_size = cache.page_size, problem.row_width = cache.pages.size(2), problem.table_width = table.size(1);
  problem.page_table = table.data_ptr<std::int32_t>(), problem.context_lengths = contexts.data_ptr<std::int32_t>();
  problem.scale = static_cast<float>(scale);
  at::Tensor out = at::empty({q[0].size(0), q[0].size(1), v_dim}, q[0].options());
  cpu::paged_attention_forward(problem, out.data_ptr<float>());
  return out;
}

}  // namespace

at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const PackedSequences& sequences, double scale) {
  check_causal_attention(q, k, v, sequences);
  if (on_cpu_kernel(q) && on_cpu_kernel(k) && on_cpu_kernel(v)) return causal_attention_cpu(q, k, v, sequences, scale);
  if (q.is_cuda() && compat::has_packed_attention) return compat::packed_causal_attention(q, k, v, sequences, scale);
  return reference::causal_attention(q, k, v, sequences, scale);
}

at::Tensor paged_attention(const at::Tensor& q, const PagedKeys& cache, const PackedSequences& queries, std::int64_t kv_heads,
                           std::int64_t v_dim, double scale) {
  const at::NoGradGuard no_grad;
  if (!paged_on_cpu_kernel(q, cache)) {
    if (!batched_paged_attention_pays(queries)) return reference::paged_attention(q, cache, queries, kv_heads, v_dim, scale);
    check_paged_attention(q, cache, queries, kv_heads, v_dim);
    return batched_paged_attention(q, cache, queries, kv_heads, v_dim, kv_heads * q.size(2), scale);
  }
  check_paged_attention(q, cache, queries, kv_heads, v_dim);
  return paged_cpu({q}, cache, queries, kv_heads, v_dim, kv_heads * q.size(2), scale);
}

at::Tensor paged_latent_attention(const at::Tensor& q_latent, const at::Tensor& q_rope, const PagedKeys& cache,
                                  const PackedSequences& queries, double scale) {
  const at::NoGradGuard no_grad;
  if (!paged_on_cpu_kernel(q_latent, cache) || !on_cpu_kernel(q_rope)) {
    if (!batched_paged_attention_pays(queries)) return reference::paged_latent_attention(q_latent, q_rope, cache, queries, scale);
    check_paged_latent_attention(q_latent, q_rope, cache, queries);
    return batched_paged_attention(at::cat({q_latent, q_rope}, -1), cache, queries, 1, q_latent.size(2), 0, scale);
  }
  check_paged_latent_attention(q_latent, q_rope, cache, queries);
  return paged_cpu({q_latent, q_rope}, cache, queries, 1, q_latent.size(2), 0, scale);
}

}  // namespace fathom::ops
