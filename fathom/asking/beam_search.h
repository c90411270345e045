// The best questions for sentences, by beam search over generated and copied words.
#pragma once

#include <cstdint>
#include <vector>

#include "fathom/asking/question_model.h"

namespace fathom::asking {

struct BeamOptions {
  int beam = 5;
  int n_best = 1;
  // A finished question's score is its log-probability divided by ((5 + words) / 6) to this power (Wu et al. 2016, eq. 14).
  double length_penalty = 1.0;
  // No run of so many words comes twice in a question; 0: allowed.
  int no_repeat = 3;
  std::int64_t fewest_words = 3, most_words = 30;
};

struct FoundQuestion {
  std::vector<std::int64_t> words;  // as output (question_batch.h), without the end
  double score = 0;
};

// For each sentence of the batch, in the batch's order, at most n_best different questions, best first. The unknown word is never written:
// in its place stands the word of the sentence that is attended to most. Throws UsageError for options that cannot be.
std::vector<std::vector<FoundQuestion>> beam_search(const QuestionModel& model, const QuestionBatch& batch, const EncodedSentences& encoded,
                                                    const BeamOptions& options);

}  // namespace fathom::asking
