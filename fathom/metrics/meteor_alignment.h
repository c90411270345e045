// Which words of a hypothesis METEOR 1.5 aligns with which of a reference (Denkowski and Lavie 2014, §2). Private to the room.
#pragma once

#include <cstddef>
#include <vector>

#include "fathom/metrics/meteor.h"

namespace fathom::metrics {

struct MeteorMatch {
  std::size_t hypothesis, reference;  // places of the words
  double weight;                      // of the matcher
};

struct MeteorAlignment {
  std::vector<MeteorMatch> matches;  // by place in the hypothesis
  std::size_t chunks = 0;            // runs of matches that are next to each other in both sentences, in one order
};

// Each word is in one match at most. Among the alignments those with the most matches are taken, of these the ones with the fewest chunks,
// of these the one whose matched words stand closest to each other. Found by a beam search from left to right (40 wide), as the published
// program does it. A pair that several matchers find has the highest of their weights.
MeteorAlignment align_for_meteor(const Words& hypothesis, const Words& reference, const MeteorKnowledge& knowledge);

}  // namespace fathom::metrics
