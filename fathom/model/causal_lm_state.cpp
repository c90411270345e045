#include "fathom/model/causal_lm_state.h"

#include <cmath>
#include <utility>

#include "fathom/nn/grouped_query_attention.h"
#include "fathom/nn/latent_attention.h"
#include "fathom/nn/mlp.h"

namespace fathom::model {
namespace {

std::unique_ptr<nn::Attention> make_attention(const ModelConfig& config, std::int64_t layer,
                                              const std::shared_ptr<const nn::RopeTable>& rope, at::TensorOptions tensors) {
  if (!config.is_mla()) {
    nn::GroupedQueryAttentionOptions options;
    options.hidden_size = config.hidden_size;
    options.heads = config.num_attention_heads;
    options.kv_heads = config.num_key_value_heads;
    options.head_dim = config.head_dim;
    options.qkv_bias = config.attention_bias || config.architecture == Architecture::qwen2;
    options.output_bias = config.attention_bias;
    options.layer = layer;
    return std::make_unique<nn::GroupedQueryAttention>(options, rope, tensors);
  }
  nn::LatentAttentionOptions options;
  options.hidden_size = config.hidden_size;
  options.heads = config.num_attention_heads;
  options.q_lora_rank = config.q_lora_rank;
  options.kv_lora_rank = config.kv_lora_rank;
  options.nope_dim = config.qk_nope_head_dim;
  options.rope_dim = config.qk_rope_head_dim;
  options.v_dim = config.v_head_dim;
  options.bias = config.attention_bias;
  options.rope_interleaved = config.rope_interleave;
  options.softmax_scale = nn::latent_attention_scale(config.rope) / std::sqrt(static_cast<double>(config.qk_head_dim()));
  options.layer = layer;
  return std::make_unique<nn::LatentAttention>(options, rope, tensors);
}

std::unique_ptr<nn::FeedForward> make_feed_forward(const ModelConfig& config, std::int64_t layer, std::int64_t& expert_layers,
                                                   at::TensorOptions tensors) {
  if (!config.is_moe_layer(layer)) return std::make_unique<nn::Mlp>(config.hidden_size, config.intermediate_size, config.mlp_bias, tensors);
  nn::MixtureOfExpertsOptions options;
  options.hidden_size = config.hidden_size;
  options.width = config.moe_intermediate_size;
  options.experts = config.n_routed_experts;
  options.shared_experts = config.n_shared_experts;
  options.router.top_k = config.num_experts_per_tok;
  options.router.groups = config.n_group;
  options.router.top_groups = config.topk_group;
  options.router.normalize = config.norm_topk_prob;
  options.router.scaling = config.routed_scaling_factor;
  options.place = expert_layers++;
  return std::make_unique<nn::MixtureOfExperts>(options, tensors);
}

}  // namespace

CausalLM::State::State(ModelConfig model_config, at::TensorOptions tensor_options)
    : config(std::move(model_config)), options(at::TensorOptions().dtype(tensor_options.dtype()).device(tensor_options.device())) {
  config.validate("the model's config");
  // A model on the meta device has shapes only.
  const bool real = options.device().type() != at::kMeta;
  const std::int64_t rotated = config.is_mla() ? config.qk_rope_head_dim : config.head_dim;
  rope = std::make_shared<const nn::RopeTable>(
      real ? nn::RopeTable::make(config.rope, rotated, config.max_position_embeddings, options.device()) : nn::RopeTable());

  const std::int64_t hidden = config.hidden_size;
  std::int64_t expert_layers = 0;
  embedding = at::empty({config.vocab_size, hidden}, options);
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer)
    layers.emplace_back(make_attention(config, layer, rope, options), make_feed_forward(config, layer, expert_layers, options), hidden,
                        config.rms_norm_eps, options);
  norm = at::empty({hidden}, options);
  if (!config.tie_word_embeddings) head = at::empty({config.vocab_size, hidden}, options);
  for (std::int64_t layer = config.num_hidden_layers; layer < config.num_hidden_layers + config.num_mtp_modules; ++layer) {
    auto block =
        std::make_unique<nn::DecoderLayer>(make_attention(config, layer, rope, options),
                                           make_feed_forward(config, layer, expert_layers, options), hidden, config.rms_norm_eps, options);
    multi_token.push_back({std::make_unique<nn::MultiTokenModule>(std::move(block), hidden, config.rms_norm_eps, options), {}, {}});
  }
}

std::vector<const nn::MixtureOfExperts*> CausalLM::State::expert_layers() const {
  std::vector<const nn::MixtureOfExperts*> found;
  const auto visit = [&](const nn::DecoderLayer& layer) {
    if (const auto* experts = dynamic_cast<const nn::MixtureOfExperts*>(&layer.feed_forward())) found.push_back(experts);
  };
  for (const nn::DecoderLayer& layer : layers) visit(layer);
  for (const MultiToken& entry : multi_token) visit(entry.module->layer());
  return found;
}

}  // namespace fathom::model
