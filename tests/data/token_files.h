// Small token files for tests.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fathom/data/token_file.h"
#include "fathom/data/token_file_writer.h"
#include "fathom/text/bpe_trainer.h"

namespace fathom::data {

inline text::Tokenizer small_tokenizer(std::int64_t vocab_size = 280) {
  text::BpeTrainer trainer({.vocab_size = vocab_size});
  for (int i = 0; i < 5; ++i) trainer.add("some text, and more of the text that is here for the pairs");
  return trainer.train();
}

// A token file of these documents, each followed by the end-of-sequence token.
inline WrittenFile write_token_file(const std::filesystem::path& path, const std::vector<std::string>& documents,
                                    const text::Tokenizer& tokenizer) {
  const text::TokenId separator = separator_of(tokenizer);
  TokenFileWriter writer(path, {tokenizer.fingerprint(), tokenizer.vocab_size(), {"test"}});
  for (const std::string& document : documents) {
    std::vector<text::TokenId> ids = tokenizer.encode(document);
    ids.push_back(separator);
    writer.append({.hash = document.size(), .text_bytes = static_cast<std::int64_t>(document.size())}, ids);
  }
  return writer.commit();
}

// Tokens [begin, end).
template <typename File>
std::vector<std::int64_t> read(const File& file, std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> ids(static_cast<std::size_t>(end - begin));
  file.read(begin, end - begin, ids.data());
  return ids;
}

}  // namespace fathom::data
