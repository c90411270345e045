// Everything that a recipe says of training a sentence encoder (recipes/embed.toml, recipes/embed-modern.toml; docs/embeddings.md).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/base/recipe.h"
#include "fathom/retrieval/encoder_config.h"
#include "fathom/train/optimizer.h"
#include "fathom/train/schedule.h"
#include "fathom/vectors/train_word_vectors.h"

namespace fathom::retrieval {

struct AutoencoderRecipe {
  // data.*
  std::vector<std::string> text;
  std::string text_field = "text";
  std::int64_t min_words = 4, max_words = 32;  // of a sentence that is trained on (arXiv 1809.06590's code)
  std::int64_t validation_sentences = 2000;    // held out, spread evenly over the text
  // vectors.*: files or directories that are read, or how ours are trained (their own text, by default that of the encoder)
  std::string vectors_path;
  vectors::WordVectorOptions vectors;
  // vocabulary.*
  std::int64_t min_count = 5;         // a word must occur this often to be in the vocabulary (the paper: 1000 in BookCorpus)
  std::int64_t vocabulary_words = 0;  // at most, the most frequent ones; 0: no limit
  std::int64_t subwords = 16384;      // modern: tokens of the tokenizer that is trained
  std::string tokenizer_path;         // modern: one that exists
  EncoderConfig model;
  // train.*
  std::int64_t batch_sentences = 64, steps = 100'000;
  double dropout = 0.5, label_smoothing = 0.1;
  std::int64_t log_every = 100, evaluate_every = 500, checkpoint_every = 1000, reconstruct_every = 10'000;
  double seconds = 0;  // ends the run early, after the step in which the time is over; 0: no limit
  std::uint64_t seed = 1;
  at::ScalarType precision = at::kFloat;
  at::ScalarType saved_weights = at::kFloat;  // of the final encoder
  train::OptimizerOptions optimizer;
  train::LearningRateSchedule schedule;
  // contrastive.*: after the autoencoder, two passes of a sentence under different dropout are each other's answer among the batch (SimCSE,
  // arXiv 2104.08821, §3)
  std::int64_t contrastive_steps = 0, contrastive_batch = 128;
  double contrastive_rate = 3e-5, contrastive_dropout = 0.1, temperature = 0.05;

  // Throws UsageError for keys that are wrong; all are read, so that reject_unknown() knows them.
  static AutoencoderRecipe from_recipe(Recipe& recipe, at::Device device);
};

}  // namespace fathom::retrieval
