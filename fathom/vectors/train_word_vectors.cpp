#include "fathom/vectors/train_word_vectors.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/vectors/cooccurrence.h"
#include "fathom/vectors/symmetric_eigen.h"

namespace fathom::vectors {

OrderedJson WordVectorOptions::to_json() const {
  return {{"method", "positive mutual information, eigenvectors"},
          {"width", width},
          {"min_count", min_count},
          {"max_words", max_words},
          {"window", window},
          {"context_smoothing", context_smoothing},
          {"shift", shift},
          {"eigenvalue_power", eigenvalue_power},
          {"seed", seed}};
}

WordVectors train_word_vectors(const SentenceCorpus& corpus, const WordVectorOptions& options) {
  require(options.width >= 1 && options.min_count >= 1 && options.max_words >= 2,
          "word vectors: width and min_count of 1 or more and max_words of 2 or more are expected, got {}, {} and {}", options.width,
          options.min_count, options.max_words);
  CooccurrenceOptions pairs;
  pairs.words = std::min<std::int64_t>(options.max_words, std::count_if(corpus.counts.begin(), corpus.counts.end(),
                                                                        [&](std::int64_t count) { return count >= options.min_count; }));
  require(pairs.words >= 2,
          "only {} words occur {} times or more: there is too little text for word vectors; give more, or lower min_count", pairs.words,
          options.min_count);
  pairs.window = options.window;
  pairs.context_smoothing = options.context_smoothing;
  pairs.shift = options.shift;
  pairs.threads = options.threads;
  EigenOptions eigen;
  eigen.count = options.width;
  eigen.seed = options.seed;
  eigen.threads = options.threads;
  const EigenPairs pairs_found = leading_eigenpairs(positive_mutual_information(corpus, pairs), eigen);

  std::vector<float> values = pairs_found.vectors;
  double squares = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double weight = std::pow(std::abs(pairs_found.values[i % static_cast<std::size_t>(pairs_found.count)]), options.eigenvalue_power);
    values[i] = static_cast<float>(static_cast<double>(values[i]) * weight);
    squares += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  }
  require(squares > 0.0,
          "the words of the text hardly ever stand near each other more often than chance has it; give more text, or lower the shift");
  const double scale = std::sqrt(static_cast<double>(values.size()) / 9.0 / squares);
  for (float& value : values) value = static_cast<float>(static_cast<double>(value) * scale);
  std::vector<std::string> words(corpus.words.begin(), corpus.words.begin() + static_cast<std::ptrdiff_t>(pairs.words));
  return {std::move(words), pairs_found.count, std::move(values)};
}

}  // namespace fathom::vectors
