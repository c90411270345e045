// Which sentences of a page get vectors of their own.
#pragma once

#include <cstdint>
#include <vector>

namespace fathom::pages {

// At most `most` of the sentences so that every sentence is near one that was chosen: greedily, the next one is the one that raises
// Σ_i max_chosen cos(i, chosen) most (facility location; within 1 − 1/e of the best choice, Nemhauser, Wolsey, Fisher 1978). The first
// sentence counts `lead_weight` sentences: leads say what a page is about. `vectors`: [sentences][width], of length 1 or empty (such a
// sentence is never chosen). Of a long page a spread of sentences is looked at. Indices in the order of their choice.
std::vector<std::size_t> choose_sentences(const std::vector<std::vector<float>>& vectors, std::int64_t most, double lead_weight = 2.0);

}  // namespace fathom::pages
