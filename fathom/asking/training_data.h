// Records made ready for training: features, words, first word vectors, and the order of batches.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "fathom/asking/training_recipe.h"
#include "fathom/questions/features.h"

namespace fathom::asking {

struct TrainingData {
  questions::FeatureExtractor features;
  WordTable table;
  QuestionModelConfig model;  // with all its sizes
  at::Tensor vectors;         // [vocabulary, embedding_width]
  std::vector<EncodedExample> training, validation;
  OrderedJson record;  // what training.json says of the data
};

// Reads, learns and counts. With `features` and `table` (of a run that is resumed) these are taken. Throws Error for bad records.
TrainingData prepare_training_data(const QuestionTrainingRecipe& recipe, int threads, bool quiet,
                                   std::optional<questions::FeatureExtractor> features = std::nullopt,
                                   std::optional<WordTable> table = std::nullopt);

// The batches of an epoch, as indices of examples: in each batch questions, and where these are equal sentences, of similar lengths. A
// function of seed and epoch.
std::vector<std::vector<std::int64_t>> batches_of_epoch(const std::vector<EncodedExample>& examples, std::int64_t batch, std::uint64_t seed,
                                                        std::int64_t epoch);

}  // namespace fathom::asking
