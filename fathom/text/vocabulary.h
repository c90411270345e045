// Tokens and their ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::text {

// How a token is written in tokenizer.json, its bytes (equal to the spelling for tokens that are not spelled in the byte
// alphabet), and its id.
class Vocabulary {
 public:
  // Ids above this are refused: tables are as long as the largest id.
  static constexpr TokenId largest_id = (1 << 24) - 1;

  // `bytes` are those of the token; `spelled` is how the file writes it. Throws Error when the id is negative, too large or taken,
  // or the spelling is.
  void add(TokenId id, std::string spelled, std::string bytes);

  // One more than the largest id.
  std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()); }
  std::int64_t count() const { return static_cast<std::int64_t>(ids_.size()); }
  bool contains(TokenId id) const { return id >= 0 && id < size() && tokens_[static_cast<std::size_t>(id)].present; }
  // Of an id that is contained.
  const std::string& bytes(TokenId id) const { return tokens_[static_cast<std::size_t>(id)].bytes; }
  const std::string& spelled(TokenId id) const { return tokens_[static_cast<std::size_t>(id)].spelled; }
  std::optional<TokenId> find_spelled(std::string_view spelled) const;

 private:
  struct Token {
    bool present = false;
    std::string spelled, bytes;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::vector<Token> tokens_;
  std::unordered_map<std::string, TokenId, Hash, std::equal_to<>> ids_;  // by spelling
};

}  // namespace fathom::text
