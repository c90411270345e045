// Fill-in-the-middle (Bavarian et al. 2022, arXiv 2207.14255) as DeepSeek-V3 §4.1 uses it: a share of the documents is cut at two places,
// and the middle is moved behind the suffix (prefix-suffix-middle order):
//   <|fim_begin|> prefix <|fim_hole|> suffix <|fim_end|> middle <|end_of_sentence|>
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::data {

struct FimParts {
  std::string_view prefix, middle, suffix;  // end to end they are the document
};

class FillInTheMiddle {
 public:
  // `rate`: share of documents, 0 to 1. Throws UsageError when it is above 0 and the tokenizer has none of the two spellings of the three
  // tokens (<|fim_begin|> …, DeepSeek's <｜fim▁begin｜> …).
  FillInTheMiddle(double rate, std::uint64_t seed, const text::Tokenizer& tokenizer);

  // Whether the document with this hash is one of the share; a function of seed and hash.
  bool applies(std::uint64_t document_hash) const;
  // Two cuts, each uniform over the places between characters; invalid UTF-8 is cut between bytes.
  FimParts cut(std::string_view document, std::uint64_t document_hash) const;
  // The tokens in the order above, without the end-of-sequence token. The parts are tokenised each for itself, as at inference.
  std::vector<text::TokenId> encode(std::string_view document, std::uint64_t document_hash, bool parse_special) const;
  // The tokens of the text as it was before: prefix, middle, suffix without the three marks. Unchanged when there are no marks.
  std::vector<text::TokenId> restore(const std::vector<text::TokenId>& ids) const;

 private:
  double rate_;
  std::uint64_t seed_;
  const text::Tokenizer* tokenizer_;
  text::TokenId begin_ = -1, hole_ = -1, end_ = -1;
};

}  // namespace fathom::data
