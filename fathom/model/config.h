// config.json of a causal LM: model_type deepseek_v3, llama, qwen2. Both dialects are read (rope_theta/rope_scaling/torch_dtype;
// rope_parameters/dtype of transformers 5), the newer is written. Keys that fathom does not use are kept and written back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/nn/rope_config.h"

namespace fathom::model {

enum class Architecture { deepseek_v3, llama, qwen2 };

using RopeConfig = nn::RopeConfig;

struct ModelConfig {
  Architecture architecture = Architecture::deepseek_v3;
  std::int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0, num_key_value_heads = 0, head_dim = 0;
  std::int64_t max_position_embeddings = 2048;
  double rms_norm_eps = 1e-6;
  double initializer_range = 0.006;  // DeepSeek-V3 §4.2, DeepSeek LLM §2.3
  bool tie_word_embeddings = false;
  bool attention_bias = false;  // llama: q, k, v, o; qwen2: q, k, v always; deepseek_v3: q_a, kv_a, o
  bool mlp_bias = false;
  RopeConfig rope;
  // Multi-head latent attention (DeepSeek-V3 §2.1.1). q_lora_rank 0: a full query projection.
  std::int64_t q_lora_rank = 0, kv_lora_rank = 0, qk_nope_head_dim = 0, qk_rope_head_dim = 0, v_head_dim = 0;
  bool rope_interleave = true;
  // DeepSeekMoE (§2.1.2). n_routed_experts 0: dense.
  std::int64_t n_routed_experts = 0, n_shared_experts = 0, num_experts_per_tok = 0, moe_intermediate_size = 0;
  std::int64_t n_group = 1, topk_group = 1, first_k_dense_replace = 0;
  bool norm_topk_prob = true;
  double routed_scaling_factor = 1.0;
  // Multi-token prediction modules present in the weights (§2.2).
  std::int64_t num_mtp_modules = 0;
  std::vector<std::int64_t> eos_token_ids;
  std::int64_t bos_token_id = -1, pad_token_id = -1;
  // Blocks of 128×128 weights share an fp8 scale (quantization_config.weight_block_size); 0: the files are not quantised.
  std::int64_t fp8_block = 0;
  Json original;    // config.json as it was read
  Json generation;  // generation_config.json as it was read

  bool is_mla() const { return architecture == Architecture::deepseek_v3; }
  bool is_moe_layer(std::int64_t layer) const { return n_routed_experts > 0 && layer >= first_k_dense_replace; }
  std::int64_t qk_head_dim() const { return is_mla() ? qk_nope_head_dim + qk_rope_head_dim : head_dim; }
  std::int64_t value_head_dim() const { return is_mla() ? v_head_dim : head_dim; }
  // Values a token and layer in the cache.
  std::int64_t cache_width() const { return is_mla() ? kv_lora_rank + qk_rope_head_dim : 2 * num_key_value_heads * head_dim; }

  // Throws Error naming `origin`, the key and the contradiction (unknown model_type, heads not divisible, ...).
  static ModelConfig from_json(const Json& json, const std::string& origin);
  // Reads config.json and, where it exists, generation_config.json, whose end-of-sequence ids go before those of config.json.
  static ModelConfig load(const std::filesystem::path& model_directory);
  // The config.json to write (dtype float32; num_nextn_predict_layers is num_mtp_modules).
  OrderedJson to_json() const;
  // The generation_config.json to write; null when nothing is known that belongs there.
  OrderedJson generation_json() const;
  // Checks the numbers against each other; called by from_json, and by who fills the struct by hand.
  void validate(const std::string& origin) const;
};

}  // namespace fathom::model
