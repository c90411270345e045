// Small random models for tests: a dense one with grouped heads, one with latent attention, one with experts too.
#pragma once

#include <memory>
#include <string>

#include "fathom/model/causal_lm.h"

namespace fathom::engine {

inline model::ModelConfig tiny_llama() {
  model::ModelConfig config;
  config.architecture = model::Architecture::llama;
  config.vocab_size = 97;
  config.hidden_size = 32;
  config.intermediate_size = 48;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 8;
  config.max_position_embeddings = 128;
  config.initializer_range = 0.3;  // far from uniform, so that the most likely token is clear
  return config;
}

inline model::ModelConfig tiny_mla(bool experts, bool q_lora = true) {
  model::ModelConfig config;
  config.architecture = model::Architecture::deepseek_v3;
  config.vocab_size = 97;
  config.hidden_size = 32;
  config.intermediate_size = 48;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 4;
  config.max_position_embeddings = 128;
  config.initializer_range = 0.3;
  config.q_lora_rank = q_lora ? 24 : 0;
  config.kv_lora_rank = 16;
  config.qk_nope_head_dim = 8;
  config.qk_rope_head_dim = 4;
  config.v_head_dim = 8;
  if (experts) {
    config.n_routed_experts = 8;
    config.n_shared_experts = 1;
    config.num_experts_per_tok = 2;
    config.moe_intermediate_size = 16;
    config.first_k_dense_replace = 1;
    config.n_group = 2;
    config.topk_group = 1;
    config.routed_scaling_factor = 1.5;
  }
  return config;
}

inline std::unique_ptr<model::CausalLM> random_model(const model::ModelConfig& config, std::uint64_t seed = 1) {
  auto model = std::make_unique<model::CausalLM>(config);
  model->initialize(seed);
  return model;
}

}  // namespace fathom::engine
