// How often each source is repeated so that its share of the training tokens is the one asked for. Private to the room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fathom::data {

struct MixingSource {
  std::string name;
  double weight = 0;        // share wanted, in proportion to the other weights; 0 for all: by `repeat`
  double repeat = 1;        // copies of each document, 0 … ; 2.5: two, and a third of every other document
  std::int64_t tokens = 0;  // kept for training
};

// The copies of each source's documents. With weights w the factors are w·total/tokens, where total is `total_tokens` or, when that is
// 0, the tokens of all sources with a weight (small sources are then repeated, large ones thinned out). Factors above `max_repeat` become
// it, and the shares then differ from those asked for. Throws Error when a source with a weight has no tokens left.
std::vector<double> repeat_factors(const std::vector<MixingSource>& sources, std::int64_t total_tokens, double max_repeat);

// Copies of one document: the whole part of the factor, and one more for the share of documents that the rest is; a function of
// seed, hash and factor, and the copies of a smaller factor are among those of a larger one.
std::int64_t copies_of(std::uint64_t document_hash, double factor, std::uint64_t seed);

}  // namespace fathom::data
