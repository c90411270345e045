// Records made ready for training: features, words, first word vectors, and the order of batches.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "fathom/asking/training_recipe.h"
#include "fathom/questions/candidates.h"
#include "fathom/questions/features.h"

namespace fathom::asking {

// What was learned of texts before the model is trained; of a run that is resumed, or of an earlier one, it can be given.
struct LearnedText {
  questions::FeatureExtractor features;
  std::optional<questions::AnswerSelector> selector;  // none: no answer of the records was a candidate
  // Of a directory that `questions features` or `questions train` wrote. Throws Error.
  static LearnedText load(const std::filesystem::path& directory);
};

struct TrainingData {
  LearnedText learned;
  WordTable table;
  QuestionModelConfig model;  // with all its sizes
  at::Tensor vectors;         // [vocabulary, embedding_width]
  std::vector<EncodedExample> training, validation;
  OrderedJson record;  // what training.json says of the data
};

// Reads, learns and counts. With `learned` and `table` (of a run that is resumed) these are taken. Throws Error for bad records.
TrainingData prepare_training_data(const QuestionTrainingRecipe& recipe, int threads, bool quiet,
                                   std::optional<LearnedText> learned = std::nullopt, std::optional<WordTable> table = std::nullopt);

// The batches of an epoch, as indices of examples: in each batch questions, and where these are equal sentences, of similar lengths. A
// function of seed and epoch.
std::vector<std::vector<std::int64_t>> batches_of_epoch(const std::vector<EncodedExample>& examples, std::int64_t batch, std::uint64_t seed,
                                                        std::int64_t epoch);

}  // namespace fathom::asking
