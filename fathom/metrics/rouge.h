// ROUGE-L (Lin 2004): how much of two sentences is one longest common subsequence.
#pragma once

#include <cstdint>
#include <span>

#include "fathom/metrics/bleu.h"

namespace fathom::metrics {

// F-measure of precision and recall of the longest common subsequence, as the caption evaluation server of MS COCO computes it: recall
// weighs β = 1.2 times as much, and the highest precision and the highest recall among the references are taken, each for itself. In [0,
// 1]. Throws Error without references.
double rouge_l(const WordNumbers& hypothesis, std::span<const WordNumbers> references, double beta = 1.2);

}  // namespace fathom::metrics
