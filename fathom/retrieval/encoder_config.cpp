#include "fathom/retrieval/encoder_config.h"

#include <utility>

#include "fathom/base/error.h"

namespace fathom::retrieval {

OrderedJson EncoderConfig::to_json() const {
  return {{"model_type", encoder_model_type},
          {"format_version", encoder_format_version},
          {"architecture", architecture == Architecture::modern ? "modern" : "mean_max"},
          {"vocab_size", vocab_size},
          {"embedding_width", embedding_width},
          {"width", width},
          {"heads", heads},
          {"inner_width", inner_width},
          {"layers", layers},
          {"decoder_layers", decoder_layers},
          {"max_length", max_length},
          {"layer_norm_eps", layer_norm_eps}};
}

EncoderConfig EncoderConfig::from_json(const Json& json, const std::string& origin) {
  const auto type = json_get<std::string>(json, "model_type", origin);
  require(type == encoder_model_type, "{}: model_type is '{}'; a sentence encoder has '{}'", origin, type, encoder_model_type);
  const auto version = json_get<std::int64_t>(json, "format_version", origin);
  require(version == encoder_format_version,
          "{}: format_version is {}; this fathom reads {}. Train the encoder again, or use the fathom that wrote it", origin, version,
          encoder_format_version);
  EncoderConfig config;
  const auto architecture = json_get<std::string>(json, "architecture", origin);
  require(architecture == "mean_max" || architecture == "modern", "{}: architecture is '{}'; mean_max and modern are known", origin,
          architecture);
  config.architecture = architecture == "modern" ? Architecture::modern : Architecture::mean_max;
  config.vocab_size = json_get<std::int64_t>(json, "vocab_size", origin);
  config.embedding_width = json_get<std::int64_t>(json, "embedding_width", origin);
  config.width = json_get<std::int64_t>(json, "width", origin);
  config.heads = json_get<std::int64_t>(json, "heads", origin);
  config.inner_width = json_get<std::int64_t>(json, "inner_width", origin);
  config.layers = json_get<std::int64_t>(json, "layers", origin);
  config.decoder_layers = json_get<std::int64_t>(json, "decoder_layers", origin);
  config.max_length = json_get<std::int64_t>(json, "max_length", origin);
  config.layer_norm_eps = json_get<double>(json, "layer_norm_eps", origin);
  config.check(origin);
  return config;
}

EncoderConfig EncoderConfig::from_recipe(Recipe& recipe) {
  EncoderConfig config;
  config.architecture =
      recipe.choose("model.architecture", "mean_max", {"mean_max", "modern"}) == "modern" ? Architecture::modern : Architecture::mean_max;
  if (config.architecture == Architecture::modern) {
    config.width = 512;
    config.inner_width = 2048;
    config.layers = 4;
    config.max_length = 64;
    config.layer_norm_eps = 1e-5;
  }
  config.width = recipe.get("model.width", config.width);
  config.heads = recipe.get("model.heads", config.heads);
  config.inner_width = recipe.get("model.inner_width", config.inner_width);
  config.layers = recipe.get("model.layers", config.layers);
  config.decoder_layers = recipe.get("model.decoder_layers", config.decoder_layers);
  config.max_length = recipe.get("model.max_length", config.max_length);
  config.layer_norm_eps = recipe.get("model.layer_norm_eps", config.layer_norm_eps);
  config.vocab_size = 3;  // known once the text is read
  try {
    config.check("recipe", "model.");
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
  return config;
}

void EncoderConfig::check(const std::string& origin, const std::string& table) const {
  const std::pair<const char*, std::int64_t> sizes[] = {
      {"embedding_width", embedding_width}, {"width", width},   {"heads", heads},
      {"inner_width", inner_width},         {"layers", layers}, {"decoder_layers", decoder_layers}};
  for (const auto& [name, value] : sizes)
    require(value >= 1 && value <= 65536, "{}: {}{} is {}; 1 to 65536 is expected", origin, table, name, value);
  require(vocab_size >= 3 && vocab_size <= 16'777'216, "{}: {}vocab_size is {}; 3 to 16777216 is expected", origin, table, vocab_size);
  require(max_length >= 1 && max_length <= 8192, "{}: {}max_length is {}; 1 to 8192 is expected", origin, table, max_length);
  require(width % heads == 0, "{}: {}heads is {}, which does not divide the width {}", origin, table, heads, width);
  require(layer_norm_eps > 0.0 && layer_norm_eps < 1.0, "{}: {}layer_norm_eps is {}; a small positive number is expected", origin, table,
          layer_norm_eps);
}

}  // namespace fathom::retrieval
