// Word vectors from one's own text, for where no large collection of ready ones fits (another language, another trade) or may be used.
//
// Method: positive pointwise mutual information of words within a window, factorised by a truncated eigendecomposition. Against skip-gram
// with negative sampling and GloVe, which factorise much the same matrix by stochastic descent (Levy and Goldberg 2014), it reads the text
// once, is exact and reproducible for any number of threads, and on text of a few hundred megabytes or less it is no worse
// (Levy, Goldberg, Dagan 2015).
#pragma once

#include <cstdint>

#include "fathom/base/json.h"
#include "fathom/vectors/sentence_corpus.h"
#include "fathom/vectors/word_vectors.h"

namespace fathom::vectors {

struct WordVectorOptions {
  std::int64_t width = 300;    // smaller when the vocabulary is
  std::int64_t min_count = 5;  // rarer words get no vector
  std::int64_t max_words = 200'000;
  int window = 5;
  double context_smoothing = 0.75;
  double shift = 1.2;              // what hardly exceeds chance is left out, which weakens words without content; more loses them
  double eigenvalue_power = 0.25;  // on the eigenvalues in the vectors: 0 weighs all directions alike, 1 as the matrix does
  std::uint64_t seed = 1;
  int threads = 0;
  OrderedJson to_json() const;
};

// Scaled so that the mean square of all values is 1/9, about that of GloVe's. Throws Error when fewer than two words are frequent enough.
WordVectors train_word_vectors(const SentenceCorpus& corpus, const WordVectorOptions& options = {});

}  // namespace fathom::vectors
