// pre_tokenizer Digits: numbers apart from what surrounds them (DeepSeek LLM §2 splits them into single digits).
#pragma once

#include "fathom/text/pre_tokenizer.h"
#include "fathom/text/regex.h"

namespace fathom::text {

class Digits : public PreTokenizer {
 public:
  // `individual`: every digit is a piece of its own; otherwise every run of digits is. A digit is a character of the Unicode
  // categories Nd, Nl and No.
  explicit Digits(bool individual) : numbers_(individual ? "\\p{N}" : "\\p{N}+") {}
  void cut(std::string_view text, Pieces& pieces) const override { numbers_.cut(text, pieces.views); }

 private:
  Regex numbers_;
};

}  // namespace fathom::text
