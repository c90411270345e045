#include "fathom/model/rope_json.h"

#include "fathom/base/error.h"

namespace fathom::model {
namespace {

// The rope_parameters or rope_scaling object, or null. Files for models with several kinds of layers nest one object a kind.
const Json* scaling_object(const Json& config, const char* key, const std::string& origin) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return nullptr;
  require(found->is_object(), "{}: '{}' must be an object, but is {}", origin, key, found->type_name());
  const auto nested = found->find("full_attention");
  return nested != found->end() && nested->is_object() ? &*nested : &*found;
}

nn::RopeConfig parse(const Json& object, double theta, std::int64_t max_position_embeddings, const std::string& origin) {
  nn::RopeConfig rope;
  // "type" is what files before transformers 4.43 call it.
  const auto older = json_get_or<std::string>(object, "type", "", origin);
  rope.type = json_get_or<std::string>(object, "rope_type", older.empty() ? "default" : older, origin);
  require(older.empty() || older == rope.type, "{}: rope_type is '{}' and type '{}'; keep one of them", origin, rope.type, older);
  rope.theta = json_get_or<double>(object, "rope_theta", theta, origin);
  require(rope.theta > 0, "{}: rope_theta is {}, but must be above 0", origin, rope.theta);
  const double rotated = json_get_or<double>(object, "partial_rotary_factor", 1.0, origin);
  require(rotated == 1.0, "{}: partial_rotary_factor {} is not supported; fathom rotates whole heads", origin, rotated);
  if (rope.type == "default") {
    require(!object.contains("factor") || object.contains("rope_type") || !older.empty(),
            "{}: there is a rotary scaling factor, but no rope_type that says what to do with it", origin);
    return rope;
  }

  require(rope.type == "linear" || rope.type == "yarn" || rope.type == "llama3",
          "{}: the rotary scaling type '{}' is not supported; fathom knows default, linear, yarn and llama3", origin, rope.type);
  rope.original_max_position_embeddings =
      json_get_or<std::int64_t>(object, "original_max_position_embeddings", max_position_embeddings, origin);
  require(rope.original_max_position_embeddings > 0, "{}: original_max_position_embeddings is {}, but must be above 0", origin,
          rope.original_max_position_embeddings);
  const auto factor = object.find("factor");
  if (rope.type == "yarn" && (factor == object.end() || factor->is_null()))
    rope.factor = static_cast<double>(max_position_embeddings) / static_cast<double>(rope.original_max_position_embeddings);
  else
    rope.factor = json_get<double>(object, "factor", origin);
  require(rope.factor >= 1.0, "{}: the rotary scaling factor is {}, but must be at least 1", origin, rope.factor);

  if (rope.type == "yarn") {
    // A zero stands for "not given", as it does in transformers.
    const double fast = json_get_or<double>(object, "beta_fast", 0.0, origin), slow = json_get_or<double>(object, "beta_slow", 0.0, origin);
    if (fast != 0.0) rope.beta_fast = fast;
    if (slow != 0.0) rope.beta_slow = slow;
    require(rope.beta_slow > 0 && rope.beta_fast >= rope.beta_slow, "{}: YaRN needs beta_fast ≥ beta_slow > 0; got {} and {}", origin,
            rope.beta_fast, rope.beta_slow);
    rope.truncate = json_get_or<bool>(object, "truncate", true, origin);
    rope.attention_factor = json_get_or<double>(object, "attention_factor", 0.0, origin);
    require(rope.attention_factor >= 0, "{}: attention_factor is {}, but must be above 0", origin, rope.attention_factor);
  }
  if (rope.type == "llama3") {
    rope.low_freq_factor = json_get<double>(object, "low_freq_factor", origin);
    rope.high_freq_factor = json_get<double>(object, "high_freq_factor", origin);
    require(rope.low_freq_factor > 0 && rope.high_freq_factor > rope.low_freq_factor,
            "{}: Llama 3 scaling needs high_freq_factor > low_freq_factor > 0; got {} and {}", origin, rope.high_freq_factor,
            rope.low_freq_factor);
  }
  rope.mscale = json_get_or<double>(object, "mscale", 0.0, origin);
  rope.mscale_all_dim = json_get_or<double>(object, "mscale_all_dim", 0.0, origin);
  return rope;
}

}  // namespace

nn::RopeConfig rope_from_json(const Json& config, std::int64_t max_position_embeddings, const std::string& origin) {
  const bool has_theta = config.contains("rope_theta") && !config["rope_theta"].is_null();
  const double theta = json_get_or<double>(config, "rope_theta", nn::RopeConfig().theta, origin);
  const Json* newer = scaling_object(config, "rope_parameters", origin);
  const Json* older = scaling_object(config, "rope_scaling", origin);
  const double rotated = json_get_or<double>(config, "partial_rotary_factor", 1.0, origin);
  require(rotated == 1.0, "{}: partial_rotary_factor {} is not supported; fathom rotates whole heads", origin, rotated);
  if (newer == nullptr) return parse(older == nullptr ? Json::object() : *older, theta, max_position_embeddings, origin);

  const nn::RopeConfig rope = parse(*newer, theta, max_position_embeddings, origin);
  require(!has_theta || rope.theta == theta, "{}: rope_theta is {} at the top and {} in rope_parameters; keep one of them", origin, theta,
          rope.theta);
  require(older == nullptr || parse(*older, rope.theta, max_position_embeddings, origin) == rope,
          "{}: rope_scaling and rope_parameters say different things; keep one of them", origin);
  return rope;
}

Json rope_to_json(const nn::RopeConfig& rope, const Json& config) {
  Json out = Json::object();
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    const Json* read = scaling_object(config, key, "config.json");
    if (read == nullptr) continue;
    for (const auto& [name, value] : read->items()) out[name] = value;
    break;
  }
  for (const char* key : {"type", "factor", "original_max_position_embeddings", "beta_fast", "beta_slow", "mscale", "mscale_all_dim",
                          "attention_factor", "truncate", "low_freq_factor", "high_freq_factor"})
    out.erase(key);
  out["rope_type"] = rope.type;
  out["rope_theta"] = rope.theta;
  if (rope.type == "default") return out;

  out["factor"] = rope.factor;
  if (rope.type != "linear") out["original_max_position_embeddings"] = rope.original_max_position_embeddings;
  if (rope.type == "yarn") {
    out["beta_fast"] = rope.beta_fast;
    out["beta_slow"] = rope.beta_slow;
    if (!rope.truncate) out["truncate"] = false;
    if (rope.attention_factor != 0.0) out["attention_factor"] = rope.attention_factor;
  }
  if (rope.type == "llama3") {
    out["low_freq_factor"] = rope.low_freq_factor;
    out["high_freq_factor"] = rope.high_freq_factor;
  }
  if (rope.mscale != 0.0) out["mscale"] = rope.mscale;
  if (rope.mscale_all_dim != 0.0) out["mscale_all_dim"] = rope.mscale_all_dim;
  return out;
}

}  // namespace fathom::model
