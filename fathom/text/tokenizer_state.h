// What a Tokenizer consists of. Private to the room.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "fathom/text/added_tokens.h"
#include "fathom/text/bpe_model.h"
#include "fathom/text/pre_tokenizer.h"
#include "fathom/text/tokenizer.h"
#include "fathom/text/tokenizer_config.h"
#include "fathom/text/tokenizer_json.h"

namespace fathom::text {

struct Tokenizer::State {
  // `origin` is the file's name for messages. Throws Error for a part that is not supported, or a role (bos, eos, pad) that
  // no token has.
  State(TokenizerParts parts, TokenizerConfig config, const std::string& origin);

  const std::string* token(TokenId id) const;  // its bytes; null when no token has the id
  std::optional<TokenId> find(std::string_view token) const;

  BpeModel model;
  AddedTokens added;
  Json pre_tokenizer_json, post_processor_json, decoder_json;
  std::unique_ptr<PreTokenizer> pre_tokenizer;
  TokenizerConfig config;
  std::int64_t vocab_size = 0;
  std::optional<TokenId> bos, eos, pad;
  std::uint64_t fingerprint = 0;

 private:
  std::optional<TokenId> role(const std::string& key) const;
  std::uint64_t hash() const;
};

}  // namespace fathom::text
