#include "fathom/model/config.h"

#include <string_view>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/model/rope_json.h"

namespace fathom::model {
namespace {

struct ArchitectureName {
  Architecture architecture;
  const char *model_type, *class_name;
};
constexpr ArchitectureName architectures[] = {
    {Architecture::deepseek_v3, "deepseek_v3", "DeepseekV3ForCausalLM"},
    {Architecture::llama, "llama", "LlamaForCausalLM"},
    {Architecture::qwen2, "qwen2", "Qwen2ForCausalLM"},
};

const ArchitectureName& name_of(Architecture architecture) {
  for (const ArchitectureName& entry : architectures)
    if (entry.architecture == architecture) return entry;
  fail("an architecture without a name");
}

Architecture architecture_of(const Json& json, const std::string& origin) {
  const auto model_type = json_get<std::string>(json, "model_type", origin);
  for (const ArchitectureName& entry : architectures)
    if (model_type == entry.model_type) return entry.architecture;
  fail("{}: model_type '{}' is not supported; fathom reads deepseek_v3, llama and qwen2", origin, model_type);
}

// Throws unless `key` is absent, null or one of the two values that mean what fathom computes.
void accept_only(const Json& json, const std::string& key, std::string_view value, std::string_view same, const std::string& origin) {
  const auto found = json_get_or<std::string>(json, key, std::string(value), origin);
  require(found == value || found == same, "{}: {} '{}' is not supported; fathom computes '{}'", origin, key, found, value);
}

// Features whose absence from the computation would change what the model says.
void refuse_unsupported(const Json& json, Architecture architecture, std::int64_t layers, const std::string& origin) {
  accept_only(json, "hidden_act", "silu", "swish", origin);
  const auto dtype = json_get_or<std::string>(json, "dtype", "", origin), older = json_get_or<std::string>(json, "torch_dtype", "", origin);
  require(dtype.empty() || older.empty() || dtype == older, "{}: dtype is '{}' and torch_dtype '{}'; keep one of them", origin, dtype,
          older);
  if (const auto types = json.find("layer_types"); types != json.end() && types->is_array()) {
    for (const Json& type : *types)
      require(type == "full_attention", "{}: layer_types holds {}, which is not supported; fathom computes full attention in every layer",
              origin, type.dump(-1, ' ', true, Json::error_handler_t::replace));
  } else if (json_get_or<bool>(json, "use_sliding_window", false, origin)) {
    const auto full = json_get_or<std::int64_t>(json, "max_window_layers", 28, origin);
    require(full >= layers,
            "{}: use_sliding_window with max_window_layers {} is not supported; fathom computes full attention in every layer", origin,
            full);
  }
  if (architecture != Architecture::deepseek_v3) return;
  accept_only(json, "scoring_func", "sigmoid", "sigmoid", origin);
  accept_only(json, "topk_method", "noaux_tc", "noaux_tc", origin);
  const auto frequency = json_get_or<std::int64_t>(json, "moe_layer_freq", 1, origin);
  require(frequency == 1, "{}: moe_layer_freq {} is not supported; every layer from first_k_dense_replace on has experts", origin,
          frequency);
}

std::int64_t fp8_block(const Json& json, const std::string& origin) {
  const auto found = json.find("quantization_config");
  if (found == json.end() || found->is_null()) return 0;
  require(found->is_object(), "{}: quantization_config must be an object", origin);
  const auto method = json_get_or<std::string>(*found, "quant_method", "unnamed", origin);
  require(method == "fp8", "{}: the quantisation method '{}' is not supported; fathom reads fp8 with blocks of weights (weight_block_size)",
          origin, method);
  const auto format = json_get_or<std::string>(*found, "fmt", "e4m3", origin);
  require(format == "e4m3" || format == "float8_e4m3fn", "{}: the fp8 format '{}' is not supported; fathom reads e4m3", origin, format);
  const auto block = found->find("weight_block_size");
  const bool square = block != found->end() && block->is_array() && block->size() == 2 && (*block)[0].is_number_unsigned() &&
                      (*block)[0] == (*block)[1] && (*block)[0].get<std::int64_t>() > 0;
  require(square, "{}: quantization_config.weight_block_size must be two equal numbers such as [128, 128]", origin);
  return (*block)[0].get<std::int64_t>();
}

// An id, a list of ids, or null.
std::vector<std::int64_t> token_ids(const Json& json, const std::string& key, const std::string& origin) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return {};
  if (!found->is_array()) return {json_get<std::int64_t>(json, key, origin)};
  std::vector<std::int64_t> ids;
  for (const Json& id : *found) {
    require(id.is_number_integer(), "{}: '{}' must be an id or a list of ids", origin, key);
    ids.push_back(id.get<std::int64_t>());
  }
  return ids;
}

void read_attention(const Json& json, ModelConfig& config, const std::string& origin) {
  const auto get = [&](const char* key, std::int64_t fallback) { return json_get_or<std::int64_t>(json, key, fallback, origin); };
  config.num_key_value_heads = get("num_key_value_heads", config.num_attention_heads);
  if (config.is_mla()) {
    config.q_lora_rank = json.contains("q_lora_rank") ? get("q_lora_rank", 0) : 1536;  // null: none; left out: as transformers has it
    config.kv_lora_rank = json_get<std::int64_t>(json, "kv_lora_rank", origin);
    config.qk_nope_head_dim = json_get<std::int64_t>(json, "qk_nope_head_dim", origin);
    config.qk_rope_head_dim = json_get<std::int64_t>(json, "qk_rope_head_dim", origin);
    config.v_head_dim = json_get<std::int64_t>(json, "v_head_dim", origin);
    config.rope_interleave = json_get_or<bool>(json, "rope_interleave", true, origin);
    const std::int64_t joined = get("qk_head_dim", config.qk_head_dim());
    require(joined == config.qk_head_dim(), "{}: qk_head_dim {} contradicts qk_nope_head_dim {} + qk_rope_head_dim {}", origin, joined,
            config.qk_nope_head_dim, config.qk_rope_head_dim);
  } else {
    config.head_dim = get("head_dim", 0);
    if (config.head_dim == 0 && config.num_attention_heads > 0) {
      require(config.hidden_size % config.num_attention_heads == 0,
              "{}: hidden_size {} cannot be divided by num_attention_heads {}, and head_dim is not given", origin, config.hidden_size,
              config.num_attention_heads);
      config.head_dim = config.hidden_size / config.num_attention_heads;
    }
  }
  // Qwen2 has biases on q, k and v without a key that says so.
  if (config.architecture != Architecture::qwen2) config.attention_bias = json_get_or<bool>(json, "attention_bias", false, origin);
  if (config.architecture == Architecture::llama) config.mlp_bias = json_get_or<bool>(json, "mlp_bias", false, origin);
}

void read_experts(const Json& json, ModelConfig& config, const std::string& origin) {
  const auto get = [&](const char* key, std::int64_t fallback) { return json_get_or<std::int64_t>(json, key, fallback, origin); };
  config.num_mtp_modules = get("num_nextn_predict_layers", 0);
  config.n_routed_experts = get("n_routed_experts", 0);
  if (config.n_routed_experts == 0) return;
  config.num_experts_per_tok = json_get<std::int64_t>(json, "num_experts_per_tok", origin);
  config.moe_intermediate_size = json_get<std::int64_t>(json, "moe_intermediate_size", origin);
  // What a file leaves out is what transformers' DeepseekV3Config takes for it.
  config.n_shared_experts = get("n_shared_experts", 1);
  config.n_group = get("n_group", 8);
  config.topk_group = get("topk_group", 4);
  config.first_k_dense_replace = get("first_k_dense_replace", 3);
  config.norm_topk_prob = json_get_or<bool>(json, "norm_topk_prob", true, origin);
  config.routed_scaling_factor = json_get_or<double>(json, "routed_scaling_factor", 2.5, origin);
}

}  // namespace

ModelConfig ModelConfig::from_json(const Json& json, const std::string& origin) {
  require(json.is_object(), "{}: a model's config is a JSON object, but this is {}", origin, json.type_name());
  ModelConfig config;
  config.architecture = architecture_of(json, origin);
  config.vocab_size = json_get<std::int64_t>(json, "vocab_size", origin);
  config.hidden_size = json_get<std::int64_t>(json, "hidden_size", origin);
  config.intermediate_size = json_get<std::int64_t>(json, "intermediate_size", origin);
  config.num_hidden_layers = json_get<std::int64_t>(json, "num_hidden_layers", origin);
  config.num_attention_heads = json_get<std::int64_t>(json, "num_attention_heads", origin);
  config.max_position_embeddings = json_get_or<std::int64_t>(json, "max_position_embeddings", config.max_position_embeddings, origin);
  config.rms_norm_eps = json_get_or<double>(json, "rms_norm_eps", config.rms_norm_eps, origin);
  config.initializer_range = json_get_or<double>(json, "initializer_range", config.initializer_range, origin);
  config.tie_word_embeddings = json_get_or<bool>(json, "tie_word_embeddings", false, origin);
  refuse_unsupported(json, config.architecture, config.num_hidden_layers, origin);
  read_attention(json, config, origin);
  if (config.is_mla()) read_experts(json, config, origin);
  config.rope = rope_from_json(json, config.max_position_embeddings, origin);
  config.eos_token_ids = token_ids(json, "eos_token_id", origin);
  config.bos_token_id = json_get_or<std::int64_t>(json, "bos_token_id", -1, origin);
  config.pad_token_id = json_get_or<std::int64_t>(json, "pad_token_id", -1, origin);
  config.fp8_block = fathom::model::fp8_block(json, origin);
  config.original = json;
  config.validate(origin);
  return config;
}

ModelConfig ModelConfig::load(const std::filesystem::path& model_directory) {
  require(std::filesystem::is_directory(model_directory), "{} is not a directory; a model directory (config.json, *.safetensors) is needed",
          model_directory.string());
  const std::filesystem::path path = model_directory / "config.json", generation_path = model_directory / "generation_config.json";
  ModelConfig config = from_json(read_json(path), path.string());
  if (std::filesystem::exists(generation_path)) {
    config.generation = read_json(generation_path);
    require(config.generation.is_object(), "{}: a JSON object is needed, but this is {}", generation_path.string(),
            config.generation.type_name());
    // What generation is to end at stands here when the two differ (chat models end a turn at another token).
    const std::vector<std::int64_t> ids = token_ids(config.generation, "eos_token_id", generation_path.string());
    if (!ids.empty()) config.eos_token_ids = ids;
  }
  return config;
}

void ModelConfig::validate(const std::string& origin) const {
  constexpr std::int64_t largest = std::int64_t{1} << 28;
  const auto positive = [&](const char* key, std::int64_t value) {
    require(value > 0 && value <= largest, "{}: {} is {}, but must be between 1 and {}", origin, key, value, largest);
  };
  positive("vocab_size", vocab_size);
  positive("hidden_size", hidden_size);
  positive("intermediate_size", intermediate_size);
  positive("num_attention_heads", num_attention_heads);
  positive("num_key_value_heads", num_key_value_heads);
  positive("max_position_embeddings", max_position_embeddings);
  require(num_hidden_layers > 0 && num_hidden_layers <= 10000, "{}: num_hidden_layers is {}, but must be between 1 and 10000", origin,
          num_hidden_layers);
  require(rms_norm_eps > 0, "{}: rms_norm_eps is {}, but must be above 0", origin, rms_norm_eps);
  require(initializer_range >= 0, "{}: initializer_range is {}, but must not be negative", origin, initializer_range);
  require(num_mtp_modules >= 0 && num_mtp_modules <= 64, "{}: num_nextn_predict_layers is {}, but must be between 0 and 64", origin,
          num_mtp_modules);

  if (is_mla()) {
    require(num_key_value_heads == num_attention_heads,
            "{}: num_key_value_heads {} contradicts num_attention_heads {}; latent attention has a key and a value for every head", origin,
            num_key_value_heads, num_attention_heads);
    require(q_lora_rank >= 0 && q_lora_rank <= largest, "{}: q_lora_rank is {}, but must be null or positive", origin, q_lora_rank);
    positive("kv_lora_rank", kv_lora_rank);
    positive("qk_nope_head_dim", qk_nope_head_dim);
    positive("qk_rope_head_dim", qk_rope_head_dim);
    positive("v_head_dim", v_head_dim);
    require(qk_rope_head_dim % 2 == 0, "{}: qk_rope_head_dim is {}, but rotary positions need an even number", origin, qk_rope_head_dim);
  } else {
    positive("head_dim", head_dim);
    require(head_dim % 2 == 0, "{}: head_dim is {}, but rotary positions need an even number", origin, head_dim);
    require(num_attention_heads % num_key_value_heads == 0, "{}: num_attention_heads {} cannot be divided by num_key_value_heads {}",
            origin, num_attention_heads, num_key_value_heads);
    require(n_routed_experts == 0 && num_mtp_modules == 0, "{}: experts and multi-token prediction exist in deepseek_v3 models only",
            origin);
  }

  if (n_routed_experts == 0) return;
  positive("n_routed_experts", n_routed_experts);
  positive("moe_intermediate_size", moe_intermediate_size);
  require(n_shared_experts >= 0 && n_shared_experts <= 1024, "{}: n_shared_experts is {}, but must be between 0 and 1024", origin,
          n_shared_experts);
  require(first_k_dense_replace >= 0, "{}: first_k_dense_replace is {}, but must not be negative", origin, first_k_dense_replace);
  require(n_group > 0 && n_routed_experts % n_group == 0, "{}: n_routed_experts {} cannot be divided into n_group {} groups", origin,
          n_routed_experts, n_group);
  require(topk_group > 0 && topk_group <= n_group, "{}: topk_group is {}, but must be between 1 and n_group {}", origin, topk_group,
          n_group);
  const std::int64_t per_group = n_routed_experts / n_group;
  require(n_group == 1 || per_group >= 2, "{}: groups of one expert cannot be ranked by their two best; use n_group 1", origin);
  require(num_experts_per_tok > 0 && num_experts_per_tok <= topk_group * per_group,
          "{}: num_experts_per_tok is {}, but the {} groups that a token may use hold {} experts", origin, num_experts_per_tok, topk_group,
          topk_group * per_group);
}

OrderedJson ModelConfig::to_json() const {
  Json out = Json::object();  // its keys are sorted, as transformers writes them
  if (original.is_object())
    for (const auto& [key, value] : original.items()) out[key] = value;
  // The older dialect, what no longer holds for the files we write, and code that does not travel with the directory.
  for (const char* key : {"rope_theta", "rope_scaling", "torch_dtype", "quantization_config", "auto_map"}) out.erase(key);

  out["architectures"] = Json::array({name_of(architecture).class_name});
  out["model_type"] = name_of(architecture).model_type;
  out["dtype"] = "float32";
  out["vocab_size"] = vocab_size;
  out["hidden_size"] = hidden_size;
  out["intermediate_size"] = intermediate_size;
  out["num_hidden_layers"] = num_hidden_layers;
  out["num_attention_heads"] = num_attention_heads;
  out["num_key_value_heads"] = num_key_value_heads;
  out["max_position_embeddings"] = max_position_embeddings;
  out["hidden_act"] = "silu";
  out["rms_norm_eps"] = rms_norm_eps;
  out["initializer_range"] = initializer_range;
  out["tie_word_embeddings"] = tie_word_embeddings;
  out["rope_parameters"] = rope_to_json(rope, original.is_object() ? original : Json::object());
  if (architecture != Architecture::qwen2) out["attention_bias"] = attention_bias;
  if (architecture == Architecture::llama) out["mlp_bias"] = mlp_bias;
  if (is_mla()) {
    out["head_dim"] = qk_rope_head_dim;  // transformers calls the rotated part so
    out["qk_head_dim"] = qk_head_dim();
    if (q_lora_rank > 0)
      out["q_lora_rank"] = q_lora_rank;
    else
      out["q_lora_rank"] = nullptr;
    out["kv_lora_rank"] = kv_lora_rank;
    out["qk_nope_head_dim"] = qk_nope_head_dim;
    out["qk_rope_head_dim"] = qk_rope_head_dim;
    out["v_head_dim"] = v_head_dim;
    out["rope_interleave"] = rope_interleave;
    // A model without experts is written as one whose layers are all dense.
    const bool experts = n_routed_experts > 0;
    out["first_k_dense_replace"] = experts ? first_k_dense_replace : num_hidden_layers;
    out["n_routed_experts"] = n_routed_experts;
    out["n_shared_experts"] = n_shared_experts;
    out["num_experts_per_tok"] = num_experts_per_tok;
    out["moe_intermediate_size"] = moe_intermediate_size;
    out["n_group"] = n_group;
    out["topk_group"] = topk_group;
    out["norm_topk_prob"] = norm_topk_prob;
    out["routed_scaling_factor"] = routed_scaling_factor;
    out["num_nextn_predict_layers"] = num_mtp_modules;
  } else if (architecture == Architecture::llama || head_dim * num_attention_heads != hidden_size) {
    out["head_dim"] = head_dim;
  }
  const auto id_or_null = [](std::int64_t id) { return id >= 0 ? Json(id) : Json(nullptr); };
  out["bos_token_id"] = id_or_null(bos_token_id);
  out["pad_token_id"] = id_or_null(pad_token_id);
  if (eos_token_ids.size() > 1)
    out["eos_token_id"] = eos_token_ids;
  else
    out["eos_token_id"] = id_or_null(eos_token_ids.empty() ? -1 : eos_token_ids[0]);
  return out;
}

OrderedJson ModelConfig::generation_json() const {
  OrderedJson out = OrderedJson::object();
  if (generation.is_object())
    for (const auto& [key, value] : generation.items()) out[key] = value;
  if (bos_token_id >= 0) out["bos_token_id"] = bos_token_id;
  if (pad_token_id >= 0) out["pad_token_id"] = pad_token_id;
  if (eos_token_ids.size() == 1) out["eos_token_id"] = eos_token_ids[0];
  if (eos_token_ids.size() > 1) out["eos_token_id"] = eos_token_ids;
  return out.empty() ? OrderedJson(nullptr) : out;
}

}  // namespace fathom::model
