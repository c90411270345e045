#include "fathom/asking/training_recipe.h"

#include <filesystem>

#include "fathom/base/error.h"
#include "fathom/train/run.h"

namespace fathom::asking {
namespace {

double between(Recipe& recipe, const char* key, double value, double least, double most) {
  value = recipe.get(key, value);
  if (!(value >= least && value <= most)) fail_usage("recipe key {}: {} to {} is expected, got {}", key, least, most, value);
  return value;
}

std::int64_t whole(Recipe& recipe, const char* key, std::int64_t value, std::int64_t least, std::int64_t most) {
  value = recipe.get(key, value);
  if (value < least || value > most) fail_usage("recipe key {}: {} to {} is expected, got {}", key, least, most, value);
  return value;
}

std::vector<std::string> files(Recipe& recipe, const char* key) {
  std::vector<std::string> paths = recipe.get(key, std::vector<std::string>{});
  for (const std::string& path : paths)
    if (!std::filesystem::exists(path)) fail_usage("recipe key {}: {} does not exist", key, path);
  return paths;
}

}  // namespace

QuestionTrainingRecipe QuestionTrainingRecipe::from_recipe(Recipe& recipe) {
  constexpr std::int64_t many = 1'000'000'000;
  QuestionTrainingRecipe out;
  out.model = QuestionModelConfig::from_recipe(recipe);
  out.training = files(recipe, "data.train");
  out.validation = files(recipe, "data.validation");
  out.features = recipe.existing_path("data.features");
  if (out.training.empty())
    fail_usage("the recipe names no records to train on; give data.train, as in --set 'data.train=[\"train.jsonl\"]'");
  out.min_count = whole(recipe, "vocabulary.min_count", out.min_count, 1, many);
  out.words = whole(recipe, "vocabulary.words", out.words, 1, 10'000'000);
  out.output_words = whole(recipe, "vocabulary.output_words", out.output_words, 1, 10'000'000);
  out.vectors_path = recipe.existing_path("vectors.path");
  out.vectors_text = files(recipe, "vectors.text");
  out.random_vectors = recipe.get("vectors.random", out.random_vectors);
  out.epochs = whole(recipe, "train.epochs", out.epochs, 1, 100'000);
  out.batch = whole(recipe, "train.batch", out.batch, 1, 65'536);
  out.dropout = between(recipe, "train.dropout", out.dropout, 0, 0.95);
  out.seconds = between(recipe, "train.seconds", out.seconds, 0, 1e9);
  out.checkpoints = recipe.get("train.checkpoints", out.checkpoints);
  out.seed = train::seed_from_recipe(recipe);
  out.loss.type = between(recipe, "loss.type", out.loss.type, 0, 1000);
  out.loss.language = between(recipe, "loss.language", out.loss.language, 0, 1000);
  out.loss.coverage = between(recipe, "loss.coverage", out.loss.coverage, 0, 1000);
  train::OptimizerOptions defaults;
  defaults.beta2 = 0.98;
  defaults.weight_decay = 0.0;
  defaults.clip_norm = 5.0;
  out.optimizer = train::OptimizerOptions::from_recipe(recipe, defaults);
  out.schedule = train::LearningRateSchedule::from_recipe(recipe, many, 1e-3, "cosine");
  recipe.reject_unknown();
  return out;
}

}  // namespace fathom::asking
