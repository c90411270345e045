// Token files: a safetensors file with `tokens` [n] (uint16 or int32), `document_starts` [documents + 1] int64 and
// metadata (tokenizer fingerprint, vocabulary size, number of text bytes, sources). Memory-mapped when read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::data {

class TokenFile {
 public:
  // Throws Error when the file is no token file, is truncated, or was made with another tokenizer than `fingerprint`
  // (0: any), naming both.
  static TokenFile open(const std::filesystem::path& path, std::uint64_t fingerprint = 0);
  TokenFile(TokenFile&&) noexcept;
  TokenFile& operator=(TokenFile&&) noexcept;
  ~TokenFile();

  std::int64_t size() const;  // tokens
  std::int64_t documents() const;
  std::int64_t text_bytes() const;  // bytes of the text behind the tokens; for bits per byte
  std::int64_t vocab_size() const;
  std::uint64_t fingerprint() const;
  std::int64_t document_begin(std::int64_t document) const;
  // tokens[begin … begin+count) widened to int64.
  void read(std::int64_t begin, std::int64_t count, std::int64_t* out) const;

 private:
  struct State;
  explicit TokenFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct PrepareResult {
  std::int64_t documents = 0, tokens = 0, text_bytes = 0;
};

// Tokenises every document of `inputs` (each followed by the end-of-sequence token) into `out`, atomically.
PrepareResult prepare_token_file(const std::vector<std::string>& inputs, const text::Tokenizer& tokenizer, const std::filesystem::path& out,
                                 const std::string& text_field = "text", bool quiet = false);

}  // namespace fathom::data
