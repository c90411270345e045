// How much more often two words stand near each other than chance would have it.
#pragma once

#include <cstdint>
#include <vector>

#include "fathom/vectors/sentence_corpus.h"

namespace fathom::vectors {

// A square matrix by rows, of which most elements are zero.
struct SparseMatrix {
  std::vector<std::int64_t> begins = {0};  // [size + 1]
  std::vector<std::int32_t> columns;       // ascending in each row
  std::vector<float> values;
  std::int64_t size() const { return static_cast<std::int64_t>(begins.size()) - 1; }
};

struct CooccurrenceOptions {
  std::int64_t words = 0;           // the corpus's first, most frequent words; others only hold their place
  int window = 5;                   // words on each side, within the sentence; the nearest counts 1, the farthest 1/window
  double context_smoothing = 0.75;  // exponent on the counts of contexts (Levy, Goldberg, Dagan 2015, §3.2)
  double shift = 0.0;               // subtracted before negative values are cut off: log k of §3.2
  int threads = 0;
};

// Positive pointwise mutual information, log P(a,b) / (P(a) P(b)), of word and context, made symmetric by taking the geometric mean of the
// two directions of the smoothing. The same for any number of threads.
SparseMatrix positive_mutual_information(const SentenceCorpus& corpus, const CooccurrenceOptions& options);

}  // namespace fathom::vectors
