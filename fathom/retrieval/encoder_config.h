// What a sentence encoder is made of: the part of config.json that its tensors follow from.
#pragma once

#include <cstdint>
#include <string>

#include "fathom/base/json.h"
#include "fathom/base/recipe.h"

namespace fathom::retrieval {

inline constexpr const char* encoder_model_type = "fathom_mean_max";
inline constexpr std::int64_t encoder_format_version = 1;

// mean_max: the mean-max attention autoencoder as its authors released it (arXiv 1809.06590): frozen word vectors, one block, ReLU on the
// projections, no residual around self-attention, layer norm behind the sum.
// modern: subword tokens whose embeddings are trained, several blocks with residuals and layer norm before each part, GELU.
enum class Architecture { mean_max, modern };

struct EncoderConfig {
  Architecture architecture = Architecture::mean_max;
  std::int64_t vocab_size = 0;  // start and end of sentence included
  std::int64_t embedding_width = 300;
  std::int64_t width = 2048, heads = 8, inner_width = 4096, layers = 1, decoder_layers = 1;
  std::int64_t max_length = 32;  // words or tokens of a sentence; two more positions for its ends
  double layer_norm_eps = 1e-8;

  std::int64_t positions() const { return max_length + 2; }
  std::int64_t sentence_width() const { return 2 * width; }

  OrderedJson to_json() const;
  // Throws Error naming `origin` and the key: another model_type or format version, sizes that cannot be.
  static EncoderConfig from_json(const Json& json, const std::string& origin);
  // Keys model.*; throws UsageError.
  static EncoderConfig from_recipe(Recipe& recipe);
  void check(const std::string& origin, const std::string& table = "") const;
};

}  // namespace fathom::retrieval
