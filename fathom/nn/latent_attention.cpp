#include "fathom/nn/latent_attention.h"

#include <utility>

#include "fathom/nn/latent_heads.h"
#include "fathom/nn/per_head_product.h"
#include "fathom/ops/attention.h"
#include "fathom/ops/linear.h"
#include "fathom/ops/rms_norm.h"
#include "fathom/ops/rotary.h"

namespace fathom::nn {
namespace {

// The norms of the two latents do not take the config's rms_norm_eps, neither in DeepSeek's code nor in transformers.
constexpr double latent_norm_eps = 1e-6;

}  // namespace

LatentAttention::LatentAttention(const LatentAttentionOptions& options, std::shared_ptr<const RopeTable> rope, at::TensorOptions tensors)
    : options_(options), rope_(std::move(rope)) {
  const std::int64_t latent_rows = options.kv_lora_rank + options.rope_dim, query_dim = options.nope_dim + options.rope_dim;
  input_weight_ = at::empty({query_rows() + latent_rows, options.hidden_size}, tensors);
  if (options.bias) input_bias_ = at::empty({(options.q_lora_rank > 0 ? query_rows() : 0) + latent_rows}, tensors);
  if (options.q_lora_rank > 0) {
    q_norm_ = at::empty({options.q_lora_rank}, tensors);
    q_b_weight_ = at::empty({options.heads * query_dim, options.q_lora_rank}, tensors);
  }
  kv_norm_ = at::empty({options.kv_lora_rank}, tensors);
  kv_b_weight_ = at::empty({options.heads * (options.nope_dim + options.v_dim), options.kv_lora_rank}, tensors);
  output_weight_ = at::empty({options.hidden_size, options.heads * options.v_dim}, tensors);
  if (options.bias) output_bias_ = at::empty({options.hidden_size}, tensors);
}

std::int64_t LatentAttention::query_rows() const {
  return options_.q_lora_rank > 0 ? options_.q_lora_rank : options_.heads * (options_.nope_dim + options_.rope_dim);
}

LatentAttention::Projections LatentAttention::project(const at::Tensor& x, const ForwardContext& context) const {
  const std::int64_t latent_rows = options_.kv_lora_rank + options_.rope_dim;
  const bool lora = options_.q_lora_rank > 0;
  std::vector<at::Tensor> inputs =
      ops::linear(x, input_weight_, lora ? input_bias_ : std::nullopt).split_with_sizes({query_rows(), latent_rows}, 1);
  if (!lora && input_bias_) inputs[1] = inputs[1] + input_bias_->to(x.scalar_type());

  at::Tensor q = inputs[0];
  if (lora) q = ops::linear(ops::rms_norm(q, q_norm_, latent_norm_eps), q_b_weight_);
  const std::vector<at::Tensor> keys = inputs[1].split_with_sizes({options_.kv_lora_rank, options_.rope_dim}, 1);

  return {q, ops::rms_norm(keys[0], kv_norm_, latent_norm_eps),
          ops::rotary(keys[1].unsqueeze(1), rope_->cos, rope_->sin, context.positions, options_.rope_interleaved)};
}

at::Tensor LatentAttention::expanded(const Projections& parts, const ForwardContext& context) const {
  const LatentHeadShape shape{options_.heads, options_.nope_dim, options_.rope_dim, options_.v_dim, options_.rope_interleaved};
  const LatentHeads heads =
      join_latent_heads(parts.q, ops::linear(parts.latent, kv_b_weight_), parts.k_rope, *rope_, context.positions, shape);
  return ops::causal_attention(heads.q, heads.k, heads.v, context.sequences, options_.softmax_scale);
}

at::Tensor LatentAttention::absorbed(const Projections& parts, const ForwardContext& context) const {
  const at::Tensor expansion = kv_b_weight_.view({options_.heads, options_.nope_dim + options_.v_dim, options_.kv_lora_rank});
  const at::Tensor keys = expansion.narrow(1, 0, options_.nope_dim);                                 // [heads, nope, rank]
  const at::Tensor values = expansion.narrow(1, options_.nope_dim, options_.v_dim).transpose(1, 2);  // [heads, rank, v]
  const std::vector<at::Tensor> q = parts.q.view({parts.q.size(0), options_.heads, options_.nope_dim + options_.rope_dim})
                                        .split_with_sizes({options_.nope_dim, options_.rope_dim}, 2);
  const at::Tensor q_rope = ops::rotary(q[1], rope_->cos, rope_->sin, context.positions, options_.rope_interleaved);
  const at::Tensor mixed = ops::paged_latent_attention(
      per_head_product(q[0], keys), q_rope, context.cache->keys(options_.layer, *context.step), context.sequences, options_.softmax_scale);
  return per_head_product(mixed, values);
}

at::Tensor LatentAttention::forward(const at::Tensor& x, const ForwardContext& context) const {
  const Projections parts = project(x, context);
  if (context.cache != nullptr) context.cache->store(options_.layer, *context.step, at::cat({parts.latent, parts.k_rope.flatten(1)}, 1));
  const at::Tensor mixed = context.cache != nullptr && !context.prefill ? absorbed(parts, context) : expanded(parts, context);
  return ops::linear(mixed.flatten(1), output_weight_, output_bias_);
}

void LatentAttention::collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const {
  const std::string input = prefix + (options_.q_lora_rank > 0 ? "q_a_kv_a_proj" : "q_kv_a_proj");
  out.push_back({input + ".weight", input_weight_});
  if (input_bias_) out.push_back({input + ".bias", *input_bias_, false});
  if (q_norm_.defined()) {
    out.push_back({prefix + "q_a_layernorm.weight", q_norm_, false});
    out.push_back({prefix + "q_b_proj.weight", q_b_weight_});
  }
  out.push_back({prefix + "kv_a_layernorm.weight", kv_norm_, false});
  out.push_back({prefix + "kv_b_proj.weight", kv_b_weight_});
  out.push_back({prefix + "o_proj.weight", output_weight_});
  if (output_bias_) out.push_back({prefix + "o_proj.bias", *output_bias_, false});
}

void LatentAttention::collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const {
  const bool lora = options_.q_lora_rank > 0;
  const std::int64_t latent_rows = options_.kv_lora_rank + options_.rope_dim;
  const at::Tensor input = input_weight_.detach();
  out.push_back({prefix + (lora ? "q_a_proj.weight" : "q_proj.weight"), input.narrow(0, 0, query_rows())});
  out.push_back({prefix + "kv_a_proj_with_mqa.weight", input.narrow(0, query_rows(), latent_rows)});
  if (input_bias_) {
    const at::Tensor bias = input_bias_->detach();
    if (lora) out.push_back({prefix + "q_a_proj.bias", bias.narrow(0, 0, query_rows())});
    out.push_back({prefix + "kv_a_proj_with_mqa.bias", bias.narrow(0, lora ? query_rows() : 0, latent_rows)});
  }
  if (lora) {
    out.push_back({prefix + "q_a_layernorm.weight", q_norm_.detach()});
    out.push_back({prefix + "q_b_proj.weight", q_b_weight_.detach()});
  }
  out.push_back({prefix + "kv_a_layernorm.weight", kv_norm_.detach()});
  out.push_back({prefix + "kv_b_proj.weight", kv_b_weight_.detach()});
  out.push_back({prefix + "o_proj.weight", output_weight_.detach()});
  if (output_bias_) out.push_back({prefix + "o_proj.bias", output_bias_->detach()});
}

}  // namespace fathom::nn
