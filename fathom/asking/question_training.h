// Trains a question generator.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "fathom/base/json.h"
#include "fathom/base/recipe.h"
#include "fathom/train/run.h"

namespace fathom::asking {

struct QuestionTrainingResult {
  std::int64_t epochs = 0, steps = 0, best_epoch = 0;
  double seconds = 0, examples_per_second = 0;           // of training steps
  double loss = 0;                                       // of the last epoch: mean -log p a word of the questions
  std::optional<double> validation_loss, type_accuracy;  // of the best epoch
  bool interrupted = false;
  std::filesystem::path model;  // the generator's directory (question_directory.h)
  OrderedJson record;
};

// OUT gets recipe.toml, metrics.jsonl (a line an epoch), checkpoints/step-N (one an epoch: the generator so far, with trainer/ for
// resuming) and model/: the generator of the epoch with the lowest validation loss, or of the last one where there are no validation
// records. Stopped early, by train.seconds or Ctrl-C, it is that of the epochs so far. Resuming goes on bit-exactly on the same build and
// device. Throws UsageError for a wrong recipe, Error for bad records and when a loss is not finite (the last checkpoint stays).
QuestionTrainingResult train_question_generator(Recipe& recipe, const train::RunSettings& settings, int threads);

}  // namespace fathom::asking
