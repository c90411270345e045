// pre_tokenizer ByteLevel: GPT-2's words, whose bytes are the first symbols of byte-pair merging.
#pragma once

#include "fathom/text/pre_tokenizer.h"

namespace fathom::text {

class ByteLevel : public PreTokenizer {
 public:
  // `add_prefix_space`: text that begins with no space gets one. `use_regex`: cut into words by GPT-2's pattern (contractions,
  // letters, numbers and other signs with the space before them, runs of white space); otherwise the text is one word.
  ByteLevel(bool add_prefix_space, bool use_regex) : add_prefix_space_(add_prefix_space), use_regex_(use_regex) {}
  void cut_valid(std::string_view text, Pieces& pieces) const override;

 private:
  bool add_prefix_space_, use_regex_;
};

}  // namespace fathom::text
