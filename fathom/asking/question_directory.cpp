#include "fathom/asking/question_directory.h"

#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/model/module_file.h"

namespace fathom::asking {
namespace {

namespace fs = std::filesystem;

constexpr const char *config_name = "config.json", *weights_name = "model.safetensors", *record_name = "training.json";

}  // namespace

void save_question_files(const fs::path& directory, const QuestionModel& model, const WordTable& table,
                         const questions::FeatureExtractor& features, const OrderedJson& record, at::ScalarType dtype) {
  write_file_atomically(directory / config_name, model.config().to_json().dump(2) + "\n");
  model::save_module(directory / weights_name, model, dtype);
  table.save(directory);
  features.save(directory);
  write_file_atomically(directory / record_name, record.dump(2) + "\n");
}

QuestionGeneratorParts load_question_directory(const fs::path& directory, at::Device device) {
  const fs::path config_file = directory / config_name;
  const QuestionModelConfig config = QuestionModelConfig::from_json(read_json(config_file), config_file.string());
  WordTable table = WordTable::load(directory);
  require(table.size() == config.vocabulary, "{}: vocabulary.txt has {} words with the three marks, but config.json states {}",
          directory.string(), table.size(), config.vocabulary);
  const std::pair<std::int64_t, int> features[] = {{config.answer_values, questions::FeatureExtractor::answer_values},
                                                   {config.part_of_speech_values, questions::FeatureExtractor::part_of_speech_values},
                                                   {config.entity_values, questions::FeatureExtractor::entity_values},
                                                   {config.case_values, questions::FeatureExtractor::word_case_values}};
  for (const auto& [stated, known] : features)
    require(stated == known,
            "{}: a lexical feature has {} values, this fathom knows {}. Train the generator again, or use the fathom that wrote it",
            config_file.string(), stated, known);
  QuestionModel model(config, at::TensorOptions().dtype(at::kFloat).device(device));
  model::load_module(directory / weights_name, model);
  const fs::path record_file = directory / record_name;
  return {std::move(model), std::move(table), questions::FeatureExtractor::load(directory),
          fs::exists(record_file) ? read_json(record_file) : Json::object()};
}

}  // namespace fathom::asking
