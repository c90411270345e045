#include "fathom/nn/grouped_query_attention.h"

#include <cmath>
#include <utility>

#include "fathom/ops/attention.h"
#include "fathom/ops/linear.h"
#include "fathom/ops/rotary.h"

namespace fathom::nn {

GroupedQueryAttention::GroupedQueryAttention(const GroupedQueryAttentionOptions& options, std::shared_ptr<const RopeTable> rope,
                                             at::TensorOptions tensors)
    : options_(options), rope_(std::move(rope)) {
  const std::int64_t queries = options.heads * options.head_dim, keys = options.kv_heads * options.head_dim;
  qkv_weight_ = at::empty({queries + 2 * keys, options.hidden_size}, tensors);
  if (options.qkv_bias) qkv_bias_ = at::empty({queries + 2 * keys}, tensors);
  output_weight_ = at::empty({options.hidden_size, queries}, tensors);
  if (options.output_bias) output_bias_ = at::empty({options.hidden_size}, tensors);
}

at::Tensor GroupedQueryAttention::forward(const at::Tensor& x, const ForwardContext& context) const {
  const std::int64_t tokens = x.size(0), dim = options_.head_dim, heads = options_.heads, kv_heads = options_.kv_heads;
  const double scale = 1.0 / std::sqrt(static_cast<double>(dim));
  const std::vector<at::Tensor> parts =
      ops::linear(x, qkv_weight_, qkv_bias_).view({tokens, heads + 2 * kv_heads, dim}).split_with_sizes({heads, kv_heads, kv_heads}, 1);
  const at::Tensor q = ops::rotary(parts[0], rope_->cos, rope_->sin, context.positions, false);
  const at::Tensor k = ops::rotary(parts[1], rope_->cos, rope_->sin, context.positions, false);
  const at::Tensor& v = parts[2];

  at::Tensor mixed;  // [tokens, heads, head_dim]
  if (context.cache != nullptr) context.cache->store(options_.layer, *context.step, at::cat({k.flatten(1), v.flatten(1)}, 1));
  if (context.cache != nullptr && !context.prefill)
    mixed = ops::paged_attention(q, context.cache->keys(options_.layer, *context.step), context.sequences, kv_heads, dim, scale);
  else
    mixed = ops::causal_attention(q, k, v, context.sequences, scale);
  return ops::linear(mixed.flatten(1), output_weight_, output_bias_);
}

void GroupedQueryAttention::collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const {
  out.push_back({prefix + "qkv_proj.weight", qkv_weight_});
  if (qkv_bias_) out.push_back({prefix + "qkv_proj.bias", *qkv_bias_, false});
  out.push_back({prefix + "o_proj.weight", output_weight_});
  if (output_bias_) out.push_back({prefix + "o_proj.bias", *output_bias_, false});
}

void GroupedQueryAttention::collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const {
  const std::int64_t queries = options_.heads * options_.head_dim, keys = options_.kv_heads * options_.head_dim;
  const struct {
    const char* name;
    std::int64_t begin, rows;
  } parts[] = {{"q_proj", 0, queries}, {"k_proj", queries, keys}, {"v_proj", queries + keys, keys}};
  for (const auto& part : parts) {
    out.push_back({prefix + part.name + ".weight", qkv_weight_.detach().narrow(0, part.begin, part.rows)});
    if (qkv_bias_) out.push_back({prefix + part.name + ".bias", qkv_bias_->detach().narrow(0, part.begin, part.rows)});
  }
  out.push_back({prefix + "o_proj.weight", output_weight_.detach()});
  if (output_bias_) out.push_back({prefix + "o_proj.bias", output_bias_->detach()});
}

}  // namespace fathom::nn
