// What a Tokenizer consists of. Private to the room.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "fathom/text/added_token_splitter.h"
#include "fathom/text/added_tokens.h"
#include "fathom/text/bpe_model.h"
#include "fathom/text/normalizer.h"
#include "fathom/text/post_processor.h"
#include "fathom/text/pre_tokenizer.h"
#include "fathom/text/scanned_words.h"
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
  // Appends the ids of a text in which no added token is looked for, and which is normalised.
  void encode_words(std::string_view text, std::vector<TokenId>& ids) const;
  // Hands the stretches of a text to `added(token)` and `text(normalised)`, in order.
  template <typename OnToken, typename OnText>
  void for_each_section(std::string_view text, bool parse_special, const OnToken& on_token, const OnText& on_text) const;

  BpeModel model;
  AddedTokens added;
  TokenizerComponents components;
  std::unique_ptr<Normalizer> normalizer;  // null: none
  std::unique_ptr<PreTokenizer> pre_tokenizer;
  std::optional<WordPattern> word_pattern;  // of the pre-tokenizer, where it is a known one
  AddedTokenSplitter splitter;
  TokenizerConfig config;
  std::unordered_map<TokenId, std::string> added_bytes;  // what added tokens decode to
  std::int64_t vocab_size = 0;
  SpecialTokenFrame frame;
  std::optional<TokenId> bos, eos, pad;
  bool cuts_before_space = false;  // whether a text may be cut before a space behind a character that is none
  std::uint64_t fingerprint = 0;

 private:
  std::optional<TokenId> role(const std::string& key) const;
  bool may_cut_before_space() const;
  std::uint64_t hash() const;
};

template <typename OnToken, typename OnText>
void Tokenizer::State::for_each_section(std::string_view text, bool parse_special, const OnToken& on_token, const OnText& on_text) const {
  const auto normalised = [&](std::string_view section) {
    if (!splitter.has_normalized()) return on_text(section);
    splitter.split_normalized(section, parse_special, [&](std::string_view part, const AddedToken* token) {
      return token != nullptr ? on_token(*token) : on_text(part);
    });
  };
  const auto raw = [&](std::string_view section) {
    if (!normalizer) return normalised(section);
    std::string storage;
    normalised(normalizer->apply(section, storage));
  };
  if (!splitter.has_raw()) {
    if (!text.empty()) raw(text);
    return;
  }
  splitter.split_raw(text, parse_special,
                     [&](std::string_view part, const AddedToken* token) { return token != nullptr ? on_token(*token) : raw(part); });
}

}  // namespace fathom::text
