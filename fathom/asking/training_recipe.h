// Everything that a recipe says of training a question generator (recipes/questions.toml; docs/question-generation.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/asking/question_loss.h"
#include "fathom/asking/question_model_config.h"
#include "fathom/train/optimizer.h"
#include "fathom/train/schedule.h"

namespace fathom::asking {

struct QuestionTrainingRecipe {
  QuestionModelConfig model;  // model.*
  // data.*: files of records (questions/records.h)
  std::vector<std::string> training, validation;
  std::string features;  // data.features: files of lexical features learned before (`questions features`); else learned from the records
  // vocabulary.*: words that occur min_count times, at most `words`; the first output_words of them can be generated
  std::int64_t min_count = 2, words = 60'000, output_words = 20'000;
  // vectors.*: ready ones, or trained on the sentences and questions and on more text; random: neither
  std::string vectors_path;
  std::vector<std::string> vectors_text;
  bool random_vectors = false;
  // train.*
  std::int64_t epochs = 12, batch = 64;
  double dropout = 0.3;
  double seconds = 0;       // ends the training early, after the epoch in which the time is over; 0: no limit
  bool checkpoints = true;  // one an epoch, for --resume
  std::uint64_t seed = 1;
  LossWeights loss;  // loss.*
  train::OptimizerOptions optimizer;
  train::LearningRateSchedule schedule;  // its steps are set when the data are read

  // Throws UsageError for keys that are wrong.
  static QuestionTrainingRecipe from_recipe(Recipe& recipe);
};

}  // namespace fathom::asking
