#include "fathom/retrieval/autoencoder_recipe.h"

#include <cmath>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/train/run.h"

namespace fathom::retrieval {
namespace {

void at_least(const char* key, std::int64_t value, std::int64_t least) {
  if (value < least) fail_usage("recipe key {}: {} or more is expected, got {}", key, least, value);
}

void within(const char* key, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value < least || value > most) fail_usage("recipe key {}: {} to {} is expected, got {}", key, least, most, value);
}

// Refuses NaN as well.
void within(const char* key, double value, double least, double most) {
  if (!(value >= least && value <= most)) fail_usage("recipe key {}: a number from {} to {} is expected, got {}", key, least, most, value);
}

constexpr std::int64_t most_of_anything = 1'000'000'000'000;

void read_data(Recipe& recipe, AutoencoderRecipe& out) {
  out.text = recipe.get("data.text", out.text);
  out.text_field = recipe.get("data.text_field", out.text_field);
  out.min_words = recipe.get("data.min_words", out.min_words);
  out.max_words = recipe.get("data.max_words", out.model.max_length);
  out.validation_sentences = recipe.get("data.validation_sentences", out.validation_sentences);
  at_least("data.min_words", out.min_words, 1);
  if (out.max_words < out.min_words || out.max_words > out.model.max_length) {
    fail_usage("recipe key data.max_words: {} is expected to lie between data.min_words ({}) and model.max_length ({})", out.max_words,
               out.min_words, out.model.max_length);
  }
  at_least("data.validation_sentences", out.validation_sentences, 0);
  if (out.text.empty()) fail_usage("the recipe names no text; give data.text, as in --set 'data.text=[\"text/\"]'");
}

void read_vectors(Recipe& recipe, AutoencoderRecipe& out) {
  out.vectors_path = recipe.existing_path("vectors.path");
  vectors::WordVectorOptions& options = out.vectors;
  options.width = recipe.get("vectors.width", options.width);
  options.min_count = recipe.get("vectors.min_count", options.min_count);
  const std::int64_t window = recipe.get("vectors.window", options.window);
  options.context_smoothing = recipe.get("vectors.context_smoothing", options.context_smoothing);
  options.shift = recipe.get("vectors.shift", options.shift);
  options.eigenvalue_power = recipe.get("vectors.eigenvalue_power", options.eigenvalue_power);
  within("vectors.width", options.width, 1, 4096);
  at_least("vectors.min_count", options.min_count, 1);
  within("vectors.window", window, 1, 100);
  within("vectors.context_smoothing", options.context_smoothing, 0.0, 1.0);
  within("vectors.shift", options.shift, -100.0, 100.0);
  within("vectors.eigenvalue_power", options.eigenvalue_power, 0.0, 1.0);
  options.window = static_cast<int>(window);
}

void read_training(Recipe& recipe, at::Device device, AutoencoderRecipe& out) {
  const bool modern = out.model.architecture == Architecture::modern;
  out.batch_sentences = recipe.get("train.batch_sentences", out.batch_sentences);
  out.steps = recipe.get("train.steps", out.steps);
  out.seconds = recipe.get("train.seconds", out.seconds);
  out.dropout = recipe.get("train.dropout", modern ? 0.1 : out.dropout);
  out.label_smoothing = recipe.get("train.label_smoothing", out.label_smoothing);
  out.log_every = recipe.get("train.log_every", out.log_every);
  out.evaluate_every = recipe.get("train.evaluate_every", out.evaluate_every);
  out.checkpoint_every = recipe.get("train.checkpoint_every", out.checkpoint_every);
  out.reconstruct_every = recipe.get("train.reconstruct_every", out.reconstruct_every);
  out.seed = train::seed_from_recipe(recipe);
  out.precision = train::precision_from_recipe(recipe, device);
  out.saved_weights = recipe.choose("train.saved_weights", "fp32", {"fp32", "fp16"}) == "fp16" ? at::kHalf : at::kFloat;
  within("train.batch_sentences", out.batch_sentences, 1, 1'000'000);
  within("train.steps", out.steps, 1, most_of_anything);
  at_least("train.log_every", out.log_every, 1);
  at_least("train.evaluate_every", out.evaluate_every, 0);
  at_least("train.checkpoint_every", out.checkpoint_every, 0);
  at_least("train.reconstruct_every", out.reconstruct_every, 0);
  if (!(out.dropout >= 0.0 && out.dropout < 1.0))
    fail_usage("recipe key train.dropout: a value in [0, 1) is expected, got {}", out.dropout);
  if (!(out.label_smoothing >= 0.0 && out.label_smoothing < 1.0))
    fail_usage("recipe key train.label_smoothing: a value in [0, 1) is expected, got {}", out.label_smoothing);
  if (!(out.seconds >= 0.0 && std::isfinite(out.seconds)))
    fail_usage("recipe key train.seconds: 0 (no limit) or more is expected, got {}", out.seconds);
  train::OptimizerOptions defaults;  // arXiv 1809.06590's code
  defaults.beta2 = 0.98;
  defaults.weight_decay = 0.0;
  defaults.clip_norm = 5.0;
  out.optimizer = train::OptimizerOptions::from_recipe(recipe, defaults);
  out.schedule = train::LearningRateSchedule::from_recipe(recipe, out.steps, 2e-4, "constant");
}

void read_contrastive(Recipe& recipe, AutoencoderRecipe& out) {
  out.contrastive_steps = recipe.get("contrastive.steps", out.contrastive_steps);
  out.contrastive_batch = recipe.get("contrastive.batch_sentences", out.contrastive_batch);
  out.contrastive_rate = recipe.get("contrastive.learning_rate", out.contrastive_rate);
  out.contrastive_dropout = recipe.get("contrastive.dropout", out.contrastive_dropout);
  out.temperature = recipe.get("contrastive.temperature", out.temperature);
  within("contrastive.steps", out.contrastive_steps, 0, most_of_anything);
  within("contrastive.batch_sentences", out.contrastive_batch, 2, 1'000'000);
  within("contrastive.learning_rate", out.contrastive_rate, 0.0, 10.0);
  if (!(out.contrastive_dropout > 0.0 && out.contrastive_dropout < 1.0))
    fail_usage("recipe key contrastive.dropout: a value in (0, 1) is expected, got {}: without dropout both passes agree",
               out.contrastive_dropout);
  if (!(out.temperature > 0.0 && std::isfinite(out.temperature)))
    fail_usage("recipe key contrastive.temperature: a value above 0 is expected, got {}", out.temperature);
}

}  // namespace

AutoencoderRecipe AutoencoderRecipe::from_recipe(Recipe& recipe, at::Device device) {
  AutoencoderRecipe out;
  out.model = EncoderConfig::from_recipe(recipe);
  read_data(recipe, out);
  read_vectors(recipe, out);
  out.min_count = recipe.get("vocabulary.min_count", out.min_count);
  out.vocabulary_words = recipe.get("vocabulary.words", out.vocabulary_words);
  out.subwords = recipe.get("vocabulary.subwords", out.subwords);
  out.tokenizer_path = recipe.existing_path("vocabulary.tokenizer");
  at_least("vocabulary.min_count", out.min_count, 1);
  at_least("vocabulary.words", out.vocabulary_words, 0);
  within("vocabulary.subwords", out.subwords, 300, 16'000'000);
  read_training(recipe, device, out);
  read_contrastive(recipe, out);
  recipe.reject_unknown();
  return out;
}

}  // namespace fathom::retrieval
