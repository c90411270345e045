// Reading the directory of a page encoder.
#include <cmath>
#include <unordered_map>

#include "fathom/base/error.h"
#include "fathom/base/sha256.h"
#include "fathom/pages/click_page_encoder.h"
#include "fathom/vectors/matrix_file.h"

namespace fathom::pages {

ClickPageEncoder ClickPageEncoder::load(const std::filesystem::path& directory) {
  const std::filesystem::path config_file = directory / "config.json", weights_file = directory / "model.safetensors",
                              words_file = directory / "vocabulary.txt";
  ClickPageEncoder encoder;
  EncoderConfig& config = encoder.config_;
  config = EncoderConfig::from_json(read_json(config_file), config_file.string());
  encoder.vocabulary_ = EncoderVocabulary::load(directory, config.buckets);
  require(encoder.vocabulary_.size() == config.words, "{}: {} words, but config.json states {}", words_file.string(),
          encoder.vocabulary_.size(), config.words);

  std::unordered_map<std::string, std::vector<float>> tensors;
  for (const TensorShape& shape : tensor_shapes(config)) {
    vectors::Matrix matrix = vectors::read_matrix(weights_file, shape.name);
    require(matrix.rows == shape.rows && matrix.columns == shape.columns,
            "{}: tensor {} is [{}, {}], but [{}, {}] follows from config.json", weights_file.string(), shape.name, matrix.rows,
            matrix.columns, shape.rows, shape.columns);
    for (const float value : matrix.values)
      require(std::isfinite(value), "{}: tensor {} holds a value that is not finite", weights_file.string(), shape.name);
    tensors.emplace(shape.name, std::move(matrix.values));
  }
  const auto take = [&](const std::string& name) { return std::move(tensors.at(name)); };
  const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    return Linear(take(name + ".weight"), take(name + ".bias"), out, in);
  };
  const auto norm = [&](const std::string& name) { return LayerNorm{take(name + ".weight"), take(name + ".bias")}; };
  const std::int64_t d = config.width, inner = config.inner_width;
  const auto feed_forward = [&](const std::string& prefix, std::int64_t out) {
    return FeedForward{linear(prefix + "up", inner, d), linear(prefix + "down", out, inner)};
  };

  encoder.embeddings_ = take("embeddings");
  encoder.word_weights_ = take("word_weights");
  for (float& weight : encoder.word_weights_) weight = std::exp(weight);
  encoder.sentence_ = feed_forward("sentence.", d);
  encoder.query_ = feed_forward("query.", d);
  encoder.click_ = feed_forward("click.", 1);
  encoder.positions_ = take("positions");
  encoder.roles_ = take("roles");
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string layer = fmt::format("layers.{}.", i);
    encoder.layers_.push_back({norm(layer + "attention_norm"), norm(layer + "feed_forward_norm"), linear(layer + "qkv", 3 * d, d),
                               linear(layer + "out", d, d), feed_forward(layer, d)});
  }
  encoder.context_norm_ = norm("context_norm");
  encoder.context_out_ = linear("context_out", d, d);
  encoder.pool_ = Linear(take("pool"), {}, config.pools(), d);
  const std::vector<float> neighbours = take("neighbours");
  encoder.neighbour_weight_ = std::exp(neighbours[0]);
  encoder.neighbour_sharpness_ = std::exp(neighbours[1]);
  encoder.page_weight_ = std::exp(neighbours[2]);
  if (config.form == PageForm::one_wide) {
    const std::vector<float> page = take("page_parts"), query = take("query_parts");
    for (std::int64_t i = 0; i < config.parts; ++i) {
      const auto part = [&](const std::vector<float>& all) {
        return Linear(std::vector<float>(all.begin() + i * d * d, all.begin() + (i + 1) * d * d), {}, d, d);
      };
      encoder.page_parts_.push_back(part(page));
      encoder.query_parts_.push_back(part(query));
    }
  }
  std::string digests;
  for (const auto& file : {config_file, words_file, weights_file}) digests += sha256_of_file(file);
  encoder.fingerprint_ = sha256(digests);
  return encoder;
}

}  // namespace fathom::pages
