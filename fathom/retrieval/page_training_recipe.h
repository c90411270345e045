// Everything that a recipe says of training a page encoder (recipes/pages.toml; docs/page-search.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/base/recipe.h"
#include "fathom/pages/encoder_config.h"
#include "fathom/train/optimizer.h"
#include "fathom/train/schedule.h"

namespace fathom::retrieval {

struct PageTrainingRecipe {
  pages::EncoderConfig model;               // model.*; its number of words follows from the text
  std::int64_t min_count = 3;               // vocabulary.min_count: rarer words are made of n-grams
  std::int64_t vocabulary_words = 100'000;  // vocabulary.words: at most
  std::string vectors_path;                 // vectors.path: word vectors to begin with; else they are trained on the pages
  double identity =
      0.5;  // vectors.identity: how much of a word's first vector is random, its own, beside what it shares with similar words
  // train.*
  std::int64_t epochs = 8;
  std::int64_t batch_pages = 64, page_queries = 4;       // pages of a step, and at most so many clicks on each
  std::int64_t hard_group = 4;                           // pages of a step that are chosen because the model confuses them (1: none)
  std::vector<std::int64_t> vectors = {1, 2, 4, 8, 16};  // vectors a page in a step, one of these at random
  double interaction_temperature = 0.02;                 // of the soft maximum over a page's vectors; 0: the maximum
  double temperature = 0.05;                             // of the loss at first; it is learned
  double sentence_loss = 0.5, click_loss = 0.2;          // weights beside the loss over pages
  double word_dropout = 0.1;                             // words that are left out, and as many that are read as rare ones
  double row_rate = 30.0;                                // learning rate of the word vectors, relative to the others'
  double validation = 0.02;                              // clicks that are held out; at most most_validation
  std::int64_t most_validation = 2000;
  double seconds = 0;  // ends the training early, after the epoch in which the time is over; 0: no limit
  std::uint64_t seed = 1;
  train::OptimizerOptions optimizer;

  // The schedule is read by the training, which knows the number of steps. Throws UsageError for keys that are wrong.
  static PageTrainingRecipe from_recipe(Recipe& recipe);
};

}  // namespace fathom::retrieval
