// Tokens that are found in the text before anything else: special ones (bos, eos, turn markers) and others that a file adds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/text/byte_trie.h"
#include "fathom/text/tokenizer.h"

namespace fathom::text {

// The flags are those of `added_tokens` in tokenizer.json.
struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool special = false;
  bool normalized = false;   // found in the normalised text, and its content is normalised for that; otherwise in the text as it came
  bool single_word = false;  // only where no word character (\w) stands beside it
  bool lstrip = false;       // takes the white space before it
  bool rstrip = false;       // takes the white space behind it
};

class AddedTokens {
 public:
  // Throws Error for an empty content, or a content or an id given twice.
  void add(AddedToken token);

  const std::vector<AddedToken>& all() const { return tokens_; }
  const AddedToken* find(TokenId id) const;
  const AddedToken* find(std::string_view content) const;

  struct Match {
    std::size_t position = 0;
    const AddedToken* token = nullptr;
  };
  // The first added token whose content stands in `text` at or after `from`, whatever its flags; of several at one place the longest.
  // A special one is passed over as a whole unless `with_special`.
  std::optional<Match> next(std::string_view text, std::size_t from, bool with_special) const;

 private:
  std::vector<AddedToken> tokens_;                    // in the order they were added
  std::unordered_map<TokenId, std::uint32_t> by_id_;  // indices into tokens_
  ByteTrie by_content_;                               // indices into tokens_
};

}  // namespace fathom::text
