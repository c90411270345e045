// What a tokenizer consists of and how it cuts a text; for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/text/tokenizer.h"

namespace fathom::text {

// A piece of a text: a word inside which bytes are merged, or an added token.
struct TokenizedPiece {
  std::string bytes;  // normalised; of an added token what it decodes to
  std::vector<TokenId> ids;
  bool is_added_token = false;
};

class TokenizerInspection {
 public:
  // {"vocab_size", "tokens", "unused_ids", "merges", "ignore_merges", "normalizer", "pre_tokenizer": [a line a step], "word_pattern",
  // "post_processor", "before_text", "behind_text", "added_tokens": […], "roles": {…}, "chat_template", "fingerprint"}
  static OrderedJson describe(const Tokenizer& tokenizer);
  // In order; the ids together are those of Tokenizer::encode.
  static std::vector<TokenizedPiece> pieces(const Tokenizer& tokenizer, std::string_view text, bool parse_special = true);
};

}  // namespace fathom::text
