// Which sentences of a page become its vectors.
#pragma once

#include <cstdint>
#include <vector>

#include "fathom/pages/encoder_config.h"

namespace fathom::pages {

// vectors [count, width] of length 1 (or 0), click_logits [count]: the summariser's; their softmax p is the chance that a click on the
// page wants each sentence. Returns at most `most` ordinals, the most useful first, none twice.
//
// top: the largest p. coverage: greedily the sentence that adds most to Σ_j p_j max_{k chosen} max(0, v_j·v_k), which is how near the
// chosen ones come to what people click for (weighted facility location: greedy is within 1 − 1/e of the best choice; Nemhauser, Wolsey,
// Fisher 1978). Of very long pages only the most probable `most_candidates` sentences are looked at. Equal gains: the earlier sentence.
std::vector<std::int64_t> select_sentences(const float* vectors, const float* click_logits, std::int64_t count, std::int64_t width,
                                           std::int64_t most, Selection selection);

constexpr std::int64_t most_candidates = 512;

// softmax of logits [count].
std::vector<float> softmax(const float* logits, std::int64_t count);

}  // namespace fathom::pages
