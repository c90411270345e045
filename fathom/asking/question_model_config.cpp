#include "fathom/asking/question_model_config.h"

#include <array>
#include <utility>
#include <vector>

#include "fathom/base/error.h"

namespace fathom::asking {
namespace {

const std::vector<std::string> language_modelling_names = {"none", "flat", "hierarchical"};

// Each size with its key and what it may be.
struct Size {
  const char* name;
  std::int64_t QuestionModelConfig::* value;
  std::int64_t least, most;
};
constexpr std::int64_t most_words = 16'777'216;
constexpr std::array known_sizes = {Size{"vocabulary", &QuestionModelConfig::vocabulary, 4, most_words},
                                    Size{"output_words", &QuestionModelConfig::output_words, 4, most_words},
                                    Size{"answer_values", &QuestionModelConfig::answer_values, 1, 256},
                                    Size{"part_of_speech_values", &QuestionModelConfig::part_of_speech_values, 1, 256},
                                    Size{"entity_values", &QuestionModelConfig::entity_values, 1, 256},
                                    Size{"case_values", &QuestionModelConfig::case_values, 1, 256}};
constexpr std::array chosen_sizes = {Size{"embedding_width", &QuestionModelConfig::embedding_width, 1, 8192},
                                     Size{"answer_width", &QuestionModelConfig::answer_width, 0, 1024},
                                     Size{"part_of_speech_width", &QuestionModelConfig::part_of_speech_width, 0, 1024},
                                     Size{"entity_width", &QuestionModelConfig::entity_width, 0, 1024},
                                     Size{"case_width", &QuestionModelConfig::case_width, 0, 1024},
                                     Size{"encoder_width", &QuestionModelConfig::encoder_width, 2, 8192},
                                     Size{"encoder_layers", &QuestionModelConfig::encoder_layers, 1, 16},
                                     Size{"decoder_width", &QuestionModelConfig::decoder_width, 1, 8192},
                                     Size{"readout_parts", &QuestionModelConfig::readout_parts, 1, 16},
                                     Size{"type_width", &QuestionModelConfig::type_width, 1, 8192},
                                     Size{"language_width", &QuestionModelConfig::language_width, 2, 8192},
                                     Size{"longest_sentence", &QuestionModelConfig::longest_sentence, 2, 4096},
                                     Size{"longest_question", &QuestionModelConfig::longest_question, 2, 512}};

}  // namespace

OrderedJson QuestionModelConfig::to_json() const {
  OrderedJson json = {{"model_type", question_model_type}, {"format_version", question_format_version}};
  for (const Size& size : known_sizes) json[size.name] = this->*size.value;
  for (const Size& size : chosen_sizes) json[size.name] = this->*size.value;
  json["question_types"] = question_types;
  json["language_modelling"] = language_modelling_names[static_cast<std::size_t>(language_modelling)];
  return json;
}

QuestionModelConfig QuestionModelConfig::from_json(const Json& json, const std::string& origin) {
  const auto type = json_get<std::string>(json, "model_type", origin);
  require(type == question_model_type, "{}: model_type is '{}'; a question generator has '{}'", origin, type, question_model_type);
  const auto version = json_get<std::int64_t>(json, "format_version", origin);
  require(version == question_format_version,
          "{}: format_version is {}; this fathom reads {}. Train the generator again, or use the fathom that wrote it", origin, version,
          question_format_version);
  QuestionModelConfig config;
  for (const Size& size : known_sizes) config.*size.value = json_get<std::int64_t>(json, size.name, origin);
  for (const Size& size : chosen_sizes) config.*size.value = json_get<std::int64_t>(json, size.name, origin);
  config.question_types = json_get<bool>(json, "question_types", origin);
  const auto modelling = json_get<std::string>(json, "language_modelling", origin);
  std::size_t index = 0;
  while (index < language_modelling_names.size() && language_modelling_names[index] != modelling) ++index;
  require(index < language_modelling_names.size(), "{}: language_modelling is '{}'; none, flat and hierarchical are known", origin,
          modelling);
  config.language_modelling = static_cast<LanguageModelling>(index);
  config.check(origin);
  return config;
}

QuestionModelConfig QuestionModelConfig::from_recipe(Recipe& recipe) {
  QuestionModelConfig config;
  for (const Size& size : chosen_sizes) config.*size.value = recipe.get(std::string("model.") + size.name, config.*size.value);
  config.question_types = recipe.get("model.question_types", config.question_types);
  const std::string modelling = recipe.choose("model.language_modelling", "none", language_modelling_names);
  config.language_modelling = modelling == "flat"           ? LanguageModelling::flat
                              : modelling == "hierarchical" ? LanguageModelling::hierarchical
                                                            : LanguageModelling::none;
  QuestionModelConfig checked = config;
  for (const Size& size : known_sizes) checked.*size.value = size.least;  // known once the data are read
  try {
    checked.check("recipe", "model.");
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
  return config;
}

void QuestionModelConfig::check(const std::string& origin, const std::string& table) const {
  const auto within = [&](const Size& size) {
    require(this->*size.value >= size.least && this->*size.value <= size.most, "{}: {}{} is {}; {} to {} is expected", origin, table,
            size.name, this->*size.value, size.least, size.most);
  };
  for (const Size& size : known_sizes) within(size);
  for (const Size& size : chosen_sizes) within(size);
  require(output_words <= vocabulary, "{}: {}output_words is {}, more than the vocabulary's {}", origin, table, output_words, vocabulary);
  require(encoder_width % 2 == 0 && language_width % 2 == 0,
          "{}: {}encoder_width ({}) and language_width ({}) are shared by two directions and must be even", origin, table, encoder_width,
          language_width);
  require(answer_width > 0, "{}: {}answer_width is 0, but without the answer's place there is nothing to ask for", origin, table);
}

}  // namespace fathom::asking
