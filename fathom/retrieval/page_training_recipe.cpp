#include "fathom/retrieval/page_training_recipe.h"

#include <cmath>

#include "fathom/base/error.h"
#include "fathom/index/page_encoder.h"
#include "fathom/train/run.h"

namespace fathom::retrieval {
namespace {

void between(const char* key, double value, double least, double most) {
  if (!(value >= least && value <= most)) fail_usage("recipe key {}: {} to {} is expected, got {}", key, least, most, value);
}

std::int64_t whole(Recipe& recipe, const char* key, std::int64_t value, std::int64_t least) {
  value = recipe.get(key, value);
  if (value < least) fail_usage("recipe key {}: {} or more is expected, got {}", key, least, value);
  return value;
}

void read_model(Recipe& recipe, PageTrainingRecipe& out) {
  pages::EncoderConfig& model = out.model;
  model.width = recipe.get("model.width", model.width);
  model.inner_width = recipe.get("model.inner_width", 2 * model.width);
  model.layers = recipe.get("model.layers", model.layers);
  model.heads = recipe.get("model.heads", model.heads);
  model.buckets = recipe.get("vocabulary.buckets", model.buckets);
  model.max_words = recipe.get("model.max_words", model.max_words);
  model.chunk = recipe.get("model.chunk", model.chunk);
  model.form = pages::page_form(recipe.choose("model.form", "several", pages::page_form_names()));
  model.parts = recipe.get("model.parts", model.parts);
  model.selection = pages::selection_named(recipe.choose("model.selection", "coverage", pages::selection_names()));
  try {
    model.check("recipe, [model]");
  } catch (const Error& error) {
    fail_usage("{}", error.what());
  }
}

}  // namespace

PageTrainingRecipe PageTrainingRecipe::from_recipe(Recipe& recipe) {
  PageTrainingRecipe out;
  read_model(recipe, out);
  out.min_count = whole(recipe, "vocabulary.min_count", out.min_count, 1);
  out.vocabulary_words = whole(recipe, "vocabulary.words", out.vocabulary_words, 1);
  out.vectors_path = recipe.existing_path("vectors.path");
  out.identity = recipe.get("vectors.identity", out.identity);
  between("vectors.identity", out.identity, 0, 1);
  out.epochs = whole(recipe, "train.epochs", out.epochs, 0);
  out.batch_pages = whole(recipe, "train.batch_pages", out.batch_pages, 2);
  out.page_queries = whole(recipe, "train.page_queries", out.page_queries, 1);
  out.hard_group = whole(recipe, "train.hard_group", out.hard_group, 1);
  std::vector<double> counts;
  for (const std::int64_t count : out.vectors) counts.push_back(static_cast<double>(count));
  counts = recipe.get("train.vectors", counts);
  out.vectors.clear();
  for (const double count : counts) {
    if (count != std::floor(count) || count < 1 || count > static_cast<double>(index::most_vectors_per_page))
      fail_usage("recipe key train.vectors: whole numbers from 1 to {} are expected, got {}", index::most_vectors_per_page, count);
    out.vectors.push_back(static_cast<std::int64_t>(count));
  }
  if (out.vectors.empty()) fail_usage("recipe key train.vectors: at least one number is expected");
  out.interaction_temperature = recipe.get("train.interaction_temperature", out.interaction_temperature);
  out.temperature = recipe.get("train.temperature", out.temperature);
  out.sentence_loss = recipe.get("train.sentence_loss", out.sentence_loss);
  out.click_loss = recipe.get("train.click_loss", out.click_loss);
  out.word_dropout = recipe.get("train.word_dropout", out.word_dropout);
  out.row_rate = recipe.get("train.row_rate", out.row_rate);
  out.validation = recipe.get("train.validation", out.validation);
  out.most_validation = whole(recipe, "train.most_validation", out.most_validation, 1);
  out.seconds = recipe.get("train.seconds", out.seconds);
  between("train.interaction_temperature", out.interaction_temperature, 0, 10);
  between("train.temperature", out.temperature, 0.001, 10);
  between("train.sentence_loss", out.sentence_loss, 0, 1000);
  between("train.click_loss", out.click_loss, 0, 1000);
  between("train.word_dropout", out.word_dropout, 0, 0.45);
  between("train.row_rate", out.row_rate, 0, 1000);
  between("train.validation", out.validation, 0, 0.5);
  between("train.seconds", out.seconds, 0, 1e9);
  out.seed = train::seed_from_recipe(recipe);
  train::OptimizerOptions defaults;
  defaults.beta2 = 0.98;
  defaults.weight_decay = 0.01;
  out.optimizer = train::OptimizerOptions::from_recipe(recipe, defaults);
  return out;
}

}  // namespace fathom::retrieval
