// Token files: a safetensors file with `tokens` [n] (uint16 or int32), `document_starts` [documents + 1] int64, a table of the documents
// (`document_hashes` int64, `document_bytes` int64, `document_sources` int32, each [documents]) and metadata (tokenizer fingerprint,
// vocabulary size, number of text bytes, names of the sources). Memory-mapped when read. A prepared corpus is made of them
// (data/token_corpus.h); data/token_file_writer.h writes them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

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
  // tokens[begin … begin+count) widened to int64. Throws Error outside the file, and for ids outside the vocabulary.
  void read(std::int64_t begin, std::int64_t count, std::int64_t* out) const;

  // The table of documents; files of the first release have none, and 0 is returned.
  std::uint64_t document_hash(std::int64_t document) const;   // of the text before tokenisation
  std::int64_t document_bytes(std::int64_t document) const;   // of text
  std::int32_t document_source(std::int64_t document) const;  // index into sources()
  const std::vector<std::string>& sources() const;

 private:
  struct State;
  explicit TokenFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fathom::data
