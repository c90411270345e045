// MinHash signatures (A. Broder, On the resemblance and containment of documents, 1997): the share of equal places of two signatures
// estimates the Jaccard similarity of the texts' sets of shingles, |A ∩ B| / |A ∪ B|, with standard error √(J(1−J)/permutations).
//
// Place i holds the least of aᵢ·x + bᵢ mod 2³² over the shingles' 32-bit hashes x, aᵢ odd: a permutation of the 32-bit numbers. The
// factors are a function of the seed (Philox, base/rng.h), so signatures can be stored and compared by later runs.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "fathom/data/shingles.h"

namespace fathom::data {

struct MinHashOptions {
  ShingleSize shingle = {};
  int permutations = 128;  // a multiple of 8 in 8 … 4096
  std::uint64_t seed = 1;
  bool operator==(const MinHashOptions&) const = default;
};

class MinHasher {
 public:
  // Throws Error when an option is out of range.
  explicit MinHasher(const MinHashOptions& options);
  const MinHashOptions& options() const { return options_; }

  // Signature of [permutations] of the text's set of shingles; a text too short for one shingle is one shingle as a whole.
  // Empty when the text has no word. Safe to call from several threads at once; memory does not depend on the text's length.
  std::vector<std::uint32_t> sign(std::string_view text) const;

 private:
  MinHashOptions options_;
  std::vector<std::uint32_t> factors_, terms_;  // a, b
};

// The share of equal places. Both must be of the same length, and not empty.
double estimate_jaccard(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b);

// The similarity itself, from the sets of shingles' 64-bit hashes. 1 for two texts without words.
double exact_jaccard(std::string_view a, std::string_view b, const ShingleSize& size);

}  // namespace fathom::data
