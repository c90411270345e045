// A pre-tokenizer whose pattern is known by name: cut by a scanner instead of regular expressions.
#pragma once

#include "fathom/text/pre_tokenizer.h"
#include "fathom/text/word_scanner.h"

namespace fathom::text {

class ScannedWords : public PreTokenizer {
 public:
  explicit ScannedWords(WordPattern pattern) : pattern_(pattern) {}
  WordPattern pattern() const { return pattern_; }
  void cut_valid(std::string_view text, Pieces& pieces) const override;

 private:
  WordPattern pattern_;
};

}  // namespace fathom::text
