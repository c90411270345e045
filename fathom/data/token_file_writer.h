// Writes token files (data/token_file.h), document by document, in bounded memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::data {

struct TokenFileInfo {
  std::uint64_t fingerprint = 0;  // of the tokenizer
  std::int64_t vocab_size = 0;
  std::vector<std::string> sources;
};

struct TokenFileDocument {
  std::uint64_t hash = 0;
  std::int64_t text_bytes = 0;
  std::int32_t source = 0;
};

struct WrittenFile {
  std::int64_t bytes = 0;
  std::string sha256;
};

class TokenFileWriter {
 public:
  // Nothing is written under `path` before commit(). Tokens beyond `memory_bytes` wait in a nameless file beside it.
  TokenFileWriter(std::filesystem::path path, TokenFileInfo info, std::int64_t memory_bytes = 32 << 20);
  ~TokenFileWriter();
  TokenFileWriter(const TokenFileWriter&) = delete;
  TokenFileWriter& operator=(const TokenFileWriter&) = delete;

  // `ids` are the document's tokens, its end-of-sequence token included. Throws Error when the disk is full.
  void append(const TokenFileDocument& document, std::span<const text::TokenId> ids);
  std::int64_t tokens() const { return tokens_; }
  std::int64_t documents() const { return static_cast<std::int64_t>(documents_.size()); }
  std::int64_t text_bytes() const { return text_bytes_; }
  // Writes the file atomically and flushes it to disk. The bytes are a function of what was given alone.
  WrittenFile commit();

 private:
  void spill();

  std::filesystem::path path_;
  TokenFileInfo info_;
  std::size_t memory_bytes_;
  bool narrow_;
  std::string held_;     // token bytes that are not in the spill file
  int descriptor_ = -1;  // the spill file; -1: none yet
  std::vector<std::int64_t> starts_;
  std::vector<TokenFileDocument> documents_;
  std::int64_t tokens_ = 0, text_bytes_ = 0;
};

// The end-of-sequence token that closes every document. Throws Error when the tokenizer names none.
text::TokenId separator_of(const text::Tokenizer& tokenizer);

}  // namespace fathom::data
