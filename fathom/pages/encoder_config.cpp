#include "fathom/pages/encoder_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>

#include "fathom/base/error.h"

namespace fathom::pages {
namespace {

constexpr std::int64_t format_version = 1;

template <typename Value>
Value named(std::string_view name, const std::vector<std::string>& names, const char* what) {
  const auto found = std::find(names.begin(), names.end(), name);
  require(found != names.end(), "there is no {} '{}'; known: {}", what, name, fmt::join(names, ", "));
  return static_cast<Value>(found - names.begin());
}

}  // namespace

const std::vector<std::string>& page_form_names() {
  static const std::vector<std::string> names = {"several", "one", "one_wide"};
  return names;
}

const std::vector<std::string>& selection_names() {
  static const std::vector<std::string> names = {"coverage", "top"};
  return names;
}

PageForm page_form(std::string_view name) { return named<PageForm>(name, page_form_names(), "form of a page"); }
Selection selection_named(std::string_view name) { return named<Selection>(name, selection_names(), "selection"); }

OrderedJson EncoderConfig::to_json() const {
  return {{"model_type", click_encoder_type},
          {"format_version", format_version},
          {"width", width},
          {"inner_width", inner_width},
          {"layers", layers},
          {"heads", heads},
          {"words", words},
          {"buckets", buckets},
          {"max_words", max_words},
          {"chunk", chunk},
          {"form", page_form_names()[static_cast<std::size_t>(form)]},
          {"parts", parts},
          {"selection", selection_names()[static_cast<std::size_t>(selection)]}};
}

EncoderConfig EncoderConfig::from_json(const Json& json, const std::string& origin) {
  const auto type = json_get<std::string>(json, "model_type", origin);
  require(type == click_encoder_type, "{}: model_type is '{}'; a page encoder has '{}'", origin, type, click_encoder_type);
  const auto version = json_get<std::int64_t>(json, "format_version", origin);
  require(version == format_version,
          "{}: format_version is {}; this fathom reads {}. Train the encoder again, or use the fathom that wrote it", origin, version,
          format_version);
  EncoderConfig config;
  const auto read = [&](const char* key, std::int64_t& value) { value = json_get<std::int64_t>(json, key, origin); };
  read("width", config.width);
  read("inner_width", config.inner_width);
  read("layers", config.layers);
  read("heads", config.heads);
  read("words", config.words);
  read("buckets", config.buckets);
  read("max_words", config.max_words);
  read("chunk", config.chunk);
  read("parts", config.parts);
  try {
    config.form = page_form(json_get<std::string>(json, "form", origin));
    config.selection = selection_named(json_get<std::string>(json, "selection", origin));
  } catch (const Error& error) {
    fail("{}: {}", origin, error.what());
  }
  config.check(origin);
  return config;
}

void EncoderConfig::check(const std::string& origin) const {
  const auto in_range = [&](const char* key, std::int64_t value, std::int64_t least, std::int64_t most) {
    require(value >= least && value <= most, "{}: {} is expected to lie between {} and {}, but is {}", origin, key, least, most, value);
  };
  in_range("width", width, 8, 4096);
  in_range("inner_width", inner_width, 8, 16384);
  in_range("layers", layers, 0, 16);
  in_range("heads", heads, 1, 64);
  in_range("words", words, 0, std::int64_t{1} << 24);
  in_range("buckets", buckets, 1, std::int64_t{1} << 24);
  in_range("max_words", max_words, 1, 4096);
  in_range("chunk", chunk, 1, 1024);
  in_range("parts", parts, 1, 16);
  require(width % (8 * heads) == 0, "{}: width is expected to be a multiple of 8 · heads = {}, but is {}", origin, 8 * heads, width);
  require(inner_width % 8 == 0, "{}: inner_width is expected to be a multiple of 8, but is {}", origin, inner_width);
}

std::int64_t position_bucket(std::int64_t ordinal) {
  if (ordinal < 8) return ordinal;
  return std::min<std::int64_t>(position_buckets - 1, 4 + std::bit_width(static_cast<std::uint64_t>(ordinal)));
}

std::vector<TensorShape> tensor_shapes(const EncoderConfig& config) {
  const std::int64_t d = config.width, inner = config.inner_width;
  std::vector<TensorShape> shapes = {{"embeddings", config.rows(), d}, {"word_weights", 1, config.words + 1}};
  const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    shapes.push_back({name + ".weight", out, in});
    shapes.push_back({name + ".bias", 1, out});
  };
  const auto norm = [&](const std::string& name) {
    shapes.push_back({name + ".weight", 1, d});
    shapes.push_back({name + ".bias", 1, d});
  };
  for (const char* side : {"sentence", "query"}) {
    linear(fmt::format("{}.up", side), inner, d);
    linear(fmt::format("{}.down", side), d, inner);
  }
  shapes.push_back({"positions", position_buckets, d});
  shapes.push_back({"roles", role_count, d});
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string layer = fmt::format("layers.{}.", i);
    norm(layer + "attention_norm");
    linear(layer + "qkv", 3 * d, d);
    linear(layer + "out", d, d);
    norm(layer + "feed_forward_norm");
    linear(layer + "up", inner, d);
    linear(layer + "down", d, inner);
  }
  norm("context_norm");
  linear("context_out", d, d);
  linear("click.up", inner, d);
  linear("click.down", 1, inner);
  shapes.push_back({"pool", config.pools(), d});
  shapes.push_back({"neighbours", 1, 3});
  if (config.form == PageForm::one_wide) {
    shapes.push_back({"page_parts", config.parts * d, d});
    shapes.push_back({"query_parts", config.parts * d, d});
  }
  return shapes;
}

}  // namespace fathom::pages
