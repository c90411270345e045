// What a question generator is made of: the part of config.json that its tensors follow from.
#pragma once

#include <cstdint>
#include <string>

#include "fathom/base/json.h"
#include "fathom/base/recipe.h"

namespace fathom::asking {

inline constexpr const char* question_model_type = "fathom_question_generator";
inline constexpr std::int64_t question_format_version = 1;

// arXiv 1908.11813: language modelling of the sentence as a second task. flat: on the states of the encoder itself; hierarchical: on an
// LSTM of its own below it, whose states the encoder reads beside the words.
enum class LanguageModelling { none, flat, hierarchical };

struct QuestionModelConfig {
  std::int64_t vocabulary = 0;    // words that have an embedding, the three marks included (word_table.h)
  std::int64_t output_words = 0;  // the first so many can be generated; all others can only be copied
  std::int64_t embedding_width = 300;
  // Widths of the lexical features' embeddings; 0: the feature is not read.
  std::int64_t answer_width = 16, part_of_speech_width = 16, entity_width = 16, case_width = 8;
  std::int64_t answer_values = 0, part_of_speech_values = 0, entity_values = 0, case_values = 0;
  std::int64_t encoder_width = 512;  // of both directions together
  std::int64_t encoder_layers = 1;
  std::int64_t decoder_width = 512;
  std::int64_t readout_parts = 2;  // of which the largest counts (maxout, Goodfellow et al. 2013)
  bool question_types = false;     // arXiv 1909.00140
  std::int64_t type_width = 64;    // of a type's embedding
  LanguageModelling language_modelling = LanguageModelling::none;
  std::int64_t language_width = 512;    // hierarchical: of both directions together
  std::int64_t longest_sentence = 100;  // words; a longer one is cut to so many around the answer
  std::int64_t longest_question = 40;   // words

  std::int64_t feature_width() const { return answer_width + part_of_speech_width + entity_width + case_width; }
  std::int64_t memory_width() const { return encoder_width; }

  OrderedJson to_json() const;
  // Throws Error naming `origin` and the key: another model_type or format version, sizes that cannot be.
  static QuestionModelConfig from_json(const Json& json, const std::string& origin);
  // Keys model.*; sizes of vocabulary and features are left to the caller. Throws UsageError.
  static QuestionModelConfig from_recipe(Recipe& recipe);
  void check(const std::string& origin, const std::string& table = "") const;
};

}  // namespace fathom::asking
