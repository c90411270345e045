#include "fathom/train/model_recipe.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/train/model_cost.h"

namespace fathom::train {
namespace {

using model::Architecture;
using model::ModelConfig;

std::int64_t round_to(double value, std::int64_t multiple) {
  return std::max(multiple, static_cast<std::int64_t>(std::lround(value / static_cast<double>(multiple))) * multiple);
}

// The widths where a model may stand; finer where a step matters more.
std::int64_t next_width(std::int64_t width) { return width + (width < 512 ? 32 : width < 2048 ? 128 : 256); }

// Everything that follows from the width.
ModelConfig config_of_width(Architecture architecture, std::int64_t width, std::int64_t vocab_size) {
  ModelConfig config;
  config.architecture = architecture;
  config.vocab_size = vocab_size;
  config.hidden_size = width;
  config.num_hidden_layers = 2 + width / 64;
  const std::int64_t head = width < 512 ? 32 : width < 2048 ? 64 : 128;
  config.num_attention_heads = std::max<std::int64_t>(1, width / head);
  const double inner = 8.0 / 3.0 * static_cast<double>(width);  // DeepSeek LLM §2.2
  config.intermediate_size = round_to(inner, 16);
  if (architecture != Architecture::deepseek_v3) {
    config.head_dim = head;
    config.num_key_value_heads = config.num_attention_heads;
    config.attention_bias = architecture == Architecture::qwen2;
    return config;
  }
  config.num_key_value_heads = config.num_attention_heads;
  config.kv_lora_rank = std::max<std::int64_t>(32, width / 4);  // V2-Lite: 512 of 2048
  config.qk_nope_head_dim = head;
  config.qk_rope_head_dim = head / 2;
  config.v_head_dim = head;
  config.n_routed_experts = width < 256 ? 8 : width < 512 ? 16 : width < 1024 ? 32 : 64;
  config.num_experts_per_tok = width < 512 ? 2 : width < 1024 ? 4 : 6;
  config.n_shared_experts = 1;
  // One token's experts together are as wide as a dense layer.
  config.moe_intermediate_size = round_to(inner / static_cast<double>(config.num_experts_per_tok + config.n_shared_experts), 16);
  config.first_k_dense_replace = 1;
  config.num_mtp_modules = 1;
  return config;
}

void get(Recipe& recipe, const char* key, std::int64_t& value) { value = recipe.get(std::string("model.") + key, value); }
void get(Recipe& recipe, const char* key, double& value) { value = recipe.get(std::string("model.") + key, value); }
void get(Recipe& recipe, const char* key, bool& value) { value = recipe.get(std::string("model.") + key, value); }

// The recipe's own numbers over the derived ones.
ModelConfig with_overrides(Recipe& recipe, ModelConfig config) {
  get(recipe, "hidden_size", config.hidden_size);
  get(recipe, "num_hidden_layers", config.num_hidden_layers);
  get(recipe, "num_attention_heads", config.num_attention_heads);
  get(recipe, "intermediate_size", config.intermediate_size);
  get(recipe, "max_position_embeddings", config.max_position_embeddings);
  get(recipe, "rms_norm_eps", config.rms_norm_eps);
  get(recipe, "rope_theta", config.rope.theta);
  get(recipe, "initializer_range", config.initializer_range);
  get(recipe, "tie_word_embeddings", config.tie_word_embeddings);
  get(recipe, "attention_bias", config.attention_bias);
  if (config.architecture != Architecture::deepseek_v3) {
    // As many as query heads unless told otherwise, also where the recipe changes those.
    if (!recipe.has("model.num_key_value_heads")) config.num_key_value_heads = config.num_attention_heads;
    get(recipe, "num_key_value_heads", config.num_key_value_heads);
    get(recipe, "head_dim", config.head_dim);
    return config;
  }
  config.num_key_value_heads = config.num_attention_heads;
  get(recipe, "q_lora_rank", config.q_lora_rank);
  get(recipe, "kv_lora_rank", config.kv_lora_rank);
  get(recipe, "qk_nope_head_dim", config.qk_nope_head_dim);
  get(recipe, "qk_rope_head_dim", config.qk_rope_head_dim);
  get(recipe, "v_head_dim", config.v_head_dim);
  get(recipe, "n_routed_experts", config.n_routed_experts);
  get(recipe, "n_shared_experts", config.n_shared_experts);
  get(recipe, "num_experts_per_tok", config.num_experts_per_tok);
  get(recipe, "moe_intermediate_size", config.moe_intermediate_size);
  get(recipe, "n_group", config.n_group);
  get(recipe, "topk_group", config.topk_group);
  get(recipe, "first_k_dense_replace", config.first_k_dense_replace);
  get(recipe, "norm_topk_prob", config.norm_topk_prob);
  get(recipe, "routed_scaling_factor", config.routed_scaling_factor);
  get(recipe, "num_mtp_modules", config.num_mtp_modules);
  return config;
}

Architecture architecture_of(const std::string& name) {
  if (name == "llama") return Architecture::llama;
  if (name == "qwen2") return Architecture::qwen2;
  return Architecture::deepseek_v3;
}

// The width whose model, after `finish`, comes nearest to the wanted size.
template <typename Finish>
ModelConfig nearest_config(Architecture architecture, std::int64_t parameters, std::int64_t vocab_size, Finish finish) {
  ModelConfig best;
  double best_error = std::numeric_limits<double>::infinity();
  for (std::int64_t width = 64; width <= 16384; width = next_width(width)) {
    const ModelConfig candidate = finish(config_of_width(architecture, width, vocab_size));
    const double count = static_cast<double>(model_cost(candidate, 1).parameters);
    const double error = std::abs(std::log(count / static_cast<double>(parameters)));
    if (error < best_error) {
      best_error = error;
      best = candidate;
    }
  }
  return best;
}

}  // namespace

std::int64_t parse_size(const std::string& text) {
  static const std::pair<const char*, std::int64_t> names[] = {
      {"tiny", 1'000'000}, {"small", 20'000'000}, {"medium", 100'000'000}, {"large", 1'000'000'000}};
  for (const auto& [name, size] : names)
    if (text == name) return size;
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string suffix(parsed.ptr, text.data() + text.size());
  double unit = 0;
  if (suffix == "k" || suffix == "K") unit = 1e3;
  if (suffix == "m" || suffix == "M") unit = 1e6;
  if (suffix == "b" || suffix == "B") unit = 1e9;
  const double size = number * unit;
  if (parsed.ec != std::errc() || !(size >= 1e4) || size > 1e12) {
    fail_usage("model.size '{}': tiny, small, medium, large or a number of parameters such as 800k, 20m or 1.5b (10k to 1000b) is expected",
               text);
  }
  return static_cast<std::int64_t>(size);
}

ModelConfig derive_config(Architecture architecture, std::int64_t parameters, std::int64_t vocab_size) {
  return nearest_config(architecture, parameters, vocab_size, [](ModelConfig config) { return config; });
}

ModelRecipe ModelRecipe::from_recipe(Recipe& recipe, std::int64_t vocab_size, std::int64_t sequence_length) {
  ModelRecipe result;
  const std::string config_file = recipe.existing_path("model.config");
  result.init_from = recipe.existing_path("model.init_from");
  if (!config_file.empty() && !result.init_from.empty()) {
    fail_usage("model.config and model.init_from both name a config; keep one of them");
  }
  if (!result.init_from.empty() || !config_file.empty()) {
    const std::string origin = config_file.empty() ? (result.init_from / "config.json").string() : config_file;
    result.config = config_file.empty() ? ModelConfig::load(result.init_from) : ModelConfig::from_json(read_json(config_file), origin);
    require(vocab_size <= result.config.vocab_size,
            "{}: the model has {} token ids, the tokenizer {}; use the tokenizer the model was made with (tokenizer.path)", origin,
            result.config.vocab_size, vocab_size);
    require(sequence_length <= result.config.max_position_embeddings,
            "{}: max_position_embeddings is {}; data.sequence_length = {} does not fit", origin, result.config.max_position_embeddings,
            sequence_length);
    return result;
  }

  const Architecture architecture = architecture_of(recipe.choose("model.type", "deepseek_v3", {"deepseek_v3", "llama", "qwen2"}));
  const std::int64_t parameters = parse_size(recipe.get("model.size", "tiny"));
  const auto finish = [&](ModelConfig config) {
    config.max_position_embeddings = std::max(config.max_position_embeddings, sequence_length);
    return with_overrides(recipe, config);
  };
  if (recipe.has("model.hidden_size")) {
    // The width itself is given: the rest follows from it, not from the size.
    const std::int64_t width = recipe.get("model.hidden_size", 0);
    if (width < 1) fail_usage("recipe key model.hidden_size: a width above 0 is expected, got {}", width);
    result.config = finish(config_of_width(architecture, width, vocab_size));
  } else {
    const ModelConfig best = nearest_config(architecture, parameters, vocab_size, finish);
    // Asked once more, so that the resolved recipe records the chosen numbers.
    result.config = with_overrides(recipe, best);
  }
  result.config.validate("recipe [model]");
  if (result.config.max_position_embeddings < sequence_length) {
    fail_usage("model.max_position_embeddings = {} is shorter than data.sequence_length = {}", result.config.max_position_embeddings,
               sequence_length);
  }
  return result;
}

std::unique_ptr<model::CausalLM> ModelRecipe::build(at::Device device, std::uint64_t seed) const {
  if (!init_from.empty()) return model::CausalLM::load(init_from, {.device = device, .dtype = at::kFloat});
  auto model = std::make_unique<model::CausalLM>(config, at::TensorOptions().dtype(at::kFloat).device(device));
  model->initialize(seed);
  return model;
}

}  // namespace fathom::train
