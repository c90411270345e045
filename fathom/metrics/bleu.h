// BLEU (Papineni et al. 2002) of tokenised text with n-grams up to four. Sentences are given as numbers that stand for words; what adds up
// over a corpus is counted first, and three formulas make a score of it: they differ where an n-gram order has no match.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace fathom::metrics {

using WordNumbers = std::vector<std::int64_t>;

// Of one sentence, or the sums of many.
struct BleuCounts {
  static constexpr std::size_t orders = 4;
  std::array<std::int64_t, orders>
      matched{};                           // n-grams of the hypothesis that a reference has, each at most as often as one reference has it
  std::array<std::int64_t, orders> all{};  // n-grams of the hypothesis
  std::int64_t length = 0;
  std::int64_t reference_length = 0;  // of the reference that is closest in length; the shorter one of two

  BleuCounts& operator+=(const BleuCounts& other);
};

// Throws Error without references.
BleuCounts bleu_counts(const WordNumbers& hypothesis, std::span<const WordNumbers> references);

// BLEU-4 without smoothing: 0 when an order has no match. In [0, 1], as all below.
double bleu(const BleuCounts& counts);

// BLEU-1 to BLEU-4 as the caption evaluation server of MS COCO and nlg-eval compute them: 1e-15 is added to matches and 1e-9 to counts, so
// that an order without a match gives almost 0 and not 0. Of a corpus, or of one sentence as nlg-eval's later versions have it (with the
// brevity penalty of the sentence).
std::array<double, BleuCounts::orders> coco_bleu(const BleuCounts& counts);

// BLEU-4 as sacrebleu computes it (divided by 100): the k-th order without a match counts as 1 / 2^k matches ("exp" smoothing), and there
// is no score without any match or with an order that has no n-gram at all. `effective_order` leaves such orders out, as sacrebleu does for
// single sentences.
double sacre_bleu(const BleuCounts& counts, bool effective_order = false);

// bleu() of a corpus with one reference a sentence. Throws Error when the counts of sentences differ or there is none.
double corpus_bleu(std::span<const WordNumbers> hypotheses, std::span<const WordNumbers> references);

}  // namespace fathom::metrics
