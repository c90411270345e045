// Random splitting of tokens that join punctuation and line breaks (DeepSeek-V3 §4.1): such tokens make a model predict badly where a
// prompt ends in punctuation without the line break (token-boundary bias), so that a share of them is seen in parts instead.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::data {

class TokenSplitter {
 public:
  // `rate`: share of the occurrences that are split, 0 to 1 (the paper does not state its own). Candidates are the tokens of at least
  // one punctuation mark or symbol (Unicode categories P and S), at least one line break, and nothing else but white space.
  TokenSplitter(double rate, std::uint64_t seed, const text::Tokenizer& tokenizer);

  bool is_candidate(text::TokenId id) const { return alternatives_.contains(id); }
  std::int64_t candidates() const { return static_cast<std::int64_t>(alternatives_.size()); }
  // The ways to write a candidate as the tokens of its two parts, one for each border between its characters; decoding gives the same
  // bytes.
  const std::vector<std::vector<text::TokenId>>& alternatives(text::TokenId id) const { return alternatives_.at(id); }

  struct Counts {
    std::int64_t candidates = 0, split = 0;  // occurrences
  };
  // Splits in place; a function of rate, seed and hash.
  Counts split(std::vector<text::TokenId>& ids, std::uint64_t document_hash) const;

 private:
  double rate_;
  std::uint64_t seed_;
  std::unordered_map<text::TokenId, std::vector<std::vector<text::TokenId>>> alternatives_;
};

}  // namespace fathom::data
