// Tokens that are found in the text before anything else: special ones (bos, eos, turn markers) and others that a file adds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::text {

struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool special = false;
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
  // The first added token that `text` spells at or after `from`; of several at one place the longest. Special ones are left out
  // unless `with_special`.
  std::optional<Match> next(std::string_view text, std::size_t from, bool with_special) const;

 private:
  std::vector<AddedToken> tokens_;                        // in the order they were added
  std::unordered_map<TokenId, std::uint32_t> by_id_;      // indices into tokens_
  std::array<std::vector<std::uint32_t>, 256> by_first_;  // by first byte: indices into tokens_, longest content first
};

}  // namespace fathom::text
