// Byte-level BPE in the Hugging Face `tokenizer.json` format (docs/tokenizer.md lists the parts), or GPT-2's vocab.json and merges.txt. A
// file that states anything else is refused by the name of that part.
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
  // Reads DIR/tokenizer.json (and special tokens' roles from DIR/tokenizer_config.json where present), or the file itself; where there
  // is none, DIR/vocab.json and DIR/merges.txt. Throws Error naming file and part.
  static Tokenizer load(const std::filesystem::path& directory_or_file);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Writes tokenizer.json and tokenizer_config.json into an existing directory, as transformers reads them.
  void save(const std::filesystem::path& directory) const;

  // Ids of UTF-8 (or any) bytes. Text that spells a special token becomes that token only if `parse_special`. Thread-safe.
  std::vector<TokenId> encode(std::string_view text, bool parse_special = true) const;
  // The same with the special tokens that the file's post-processor puts around a text (Llama 3 and DeepSeek: bos before it).
  std::vector<TokenId> encode_with_special_tokens(std::string_view text, bool parse_special = true) const;
  const std::vector<TokenId>& ids_before_text() const;
  const std::vector<TokenId>& ids_behind_text() const;
  // A place in `text`, at most `limit`, where it can be cut in two so that the ids of the parts are those of the whole; 0 when none is
  // found or none is certain (a pre-tokenizer that is not one of text/known_patterns.h, or added tokens that take spaces).
  std::size_t cut_position(std::string_view text, std::size_t limit) const;
  // Ids of a rendered prompt: a special token of which any byte is untrusted is text, the others are those tokens. Where no untrusted
  // bytes spell one, the ids are those of encode(text).
  std::vector<TokenId> encode_marked(const jinja::MarkedText& text) const;
  // Exact inverse on bytes, unless the file normalises text or has added tokens that its decoder reads as other bytes (DeepSeek LLM's
  // 'ö', as Hugging Face's tokenizers decodes it); special tokens are spelled out unless `skip_special`. Throws Error for ids out of
  // range.
  std::string decode(const std::vector<TokenId>& ids, bool skip_special = false) const;
  // The bytes of one token.
  std::string token_bytes(TokenId id) const;

  // One more than the largest id.
  std::int64_t vocab_size() const;
  // How many token ids a model for this tokenizer has: vocab_size(), or what it was padded to in training ("model_vocab_size" of
  // tokenizer_config.json). Ids beyond vocab_size() never occur in text.
  std::int64_t model_vocab_size() const;
  // Throws Error when the tokenizer has more ids than the model, and so belongs to another one. `origin`
  // is the model directory.
  void require_fits_model(std::int64_t model_vocab_size, const std::string& origin) const;
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
  friend class TokenizerInspection;
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
