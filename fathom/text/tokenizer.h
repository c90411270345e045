// Byte-level BPE in the Hugging Face `tokenizer.json` format (model BPE; pre-tokenizers ByteLevel, Digits, Sequence of
// them; decoder ByteLevel; added tokens). A file that states anything else is refused by the name of that part.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::text {

namespace jinja {
class MarkedText;
}
class TokenizerConfig;
using TokenId = std::int32_t;

class Tokenizer {
 public:
  // Reads DIR/tokenizer.json (and special tokens' roles from DIR/tokenizer_config.json where present), or the file itself.
  // Throws Error naming file and part.
  static Tokenizer load(const std::filesystem::path& directory_or_file);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Writes tokenizer.json and tokenizer_config.json into an existing directory, as transformers reads them.
  void save(const std::filesystem::path& directory) const;

  // Ids of UTF-8 (or any) bytes. Text that spells a special token becomes that token only if `parse_special`.
  std::vector<TokenId> encode(std::string_view text, bool parse_special = true) const;
  // Ids of a rendered prompt: a special token of which any byte is untrusted is text, the others are those tokens. Where no untrusted
  // bytes spell one, the ids are those of encode(text).
  std::vector<TokenId> encode_marked(const jinja::MarkedText& text) const;
  // Exact inverse on bytes; special tokens are spelled out unless `skip_special`. Throws Error for ids out of range.
  std::string decode(const std::vector<TokenId>& ids, bool skip_special = false) const;
  // The bytes of one token.
  std::string token_bytes(TokenId id) const;

  // One more than the largest id.
  std::int64_t vocab_size() const;
  std::optional<TokenId> token_id(std::string_view token) const;
  bool is_special(TokenId id) const;
  std::optional<TokenId> bos_id() const;
  std::optional<TokenId> eos_id() const;
  std::optional<TokenId> pad_id() const;
  const TokenizerConfig& config() const;
  // Hash of everything that decides ids; token files carry it, so that a model never trains on another tokenizer's ids.
  std::uint64_t fingerprint() const;

 private:
  friend class BpeTrainer;
  struct State;
  explicit Tokenizer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Decodes a growing sequence; each call returns only whole UTF-8 characters, holding back an unfinished one.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer, bool skip_special = true);
  std::string push(TokenId id);
  // What is held back at the end, as it is.
  std::string flush();

 private:
  const Tokenizer* tokenizer_;
  bool skip_special_;
  std::string pending_;
};

}  // namespace fathom::text
