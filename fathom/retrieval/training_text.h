// Text as an encoder's training sees it: a vocabulary, its vectors, and sentences as ids.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/retrieval/autoencoder_recipe.h"
#include "fathom/retrieval/encoder_vocabulary.h"

namespace fathom::retrieval {

struct TrainingText {
  EncoderVocabulary vocabulary;
  at::Tensor embedding;                                      // [vocab, width] fp32: word vectors, or first values of subwords' embeddings
  std::vector<std::vector<std::int64_t>> train, validation;  // ids without start and end
  OrderedJson record;                                        // counts, and how the vectors were made
};

// Reads the recipe's text. mean_max: words that are frequent enough and have a vector; sentences of min_words to max_words words, all of
// them in the vocabulary. modern: a tokenizer (trained on the text unless the recipe names one); sentences of min_words to max_words
// tokens. Throws Error: no text, no word frequent enough, no sentence left. The same for any number of threads.
TrainingText prepare_training_text(const AutoencoderRecipe& recipe, int threads, bool quiet);

}  // namespace fathom::retrieval
