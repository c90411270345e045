// A question generator's directory: config.json, model.safetensors, vocabulary.txt, the files of its features (questions/features.h) and
// training.json; beside them, where training learned one, the selector of answers (questions/candidates.h).
#pragma once

#include <filesystem>
#include <memory>

#include "fathom/asking/question_model.h"
#include "fathom/asking/word_table.h"
#include "fathom/base/json.h"
#include "fathom/questions/features.h"

namespace fathom::asking {

struct QuestionGeneratorParts {
  QuestionModel model;
  WordTable table;
  questions::FeatureExtractor features;
  Json record;
};

// Fills an existing directory.
void save_question_files(const std::filesystem::path& directory, const QuestionModel& model, const WordTable& table,
                         const questions::FeatureExtractor& features, const OrderedJson& record, at::ScalarType dtype = at::kFloat);
// Throws Error with what is missing, of another version, or does not fit together.
QuestionGeneratorParts load_question_directory(const std::filesystem::path& directory, at::Device device);

}  // namespace fathom::asking
