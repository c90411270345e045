// BLEU (Papineni et al. 2002) of tokenised text.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fathom::metrics {

// Corpus BLEU with one reference a sentence, n-grams up to four, brevity penalty, no smoothing; in [0, 1]. Sentences are given as numbers
// that stand for words. Throws Error when the counts of sentences differ or there is none.
double corpus_bleu(std::span<const std::vector<std::int64_t>> hypotheses, std::span<const std::vector<std::int64_t>> references);

}  // namespace fathom::metrics
