// Small token files for tests.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/data/token_file.h"
#include "fathom/text/bpe_trainer.h"

namespace fathom::data {

inline text::Tokenizer small_tokenizer(std::int64_t vocab_size = 280) {
  text::BpeTrainer trainer({.vocab_size = vocab_size});
  for (int i = 0; i < 5; ++i) trainer.add("some text, and more of the text that is here for the pairs");
  return trainer.train();
}

inline PrepareResult write_token_file(const std::filesystem::path& path, const std::vector<std::string>& documents,
                                      const text::Tokenizer& tokenizer) {
  std::string lines;
  for (const std::string& document : documents) lines += Json{{"text", document}}.dump() + "\n";
  const std::filesystem::path source = path.string() + ".jsonl";
  write_file_atomically(source, lines);
  return prepare_token_file({source.string()}, tokenizer, path, "text", /*quiet=*/true);
}

// Tokens [begin, end).
inline std::vector<std::int64_t> read(const TokenFile& file, std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> ids(static_cast<std::size_t>(end - begin));
  file.read(begin, end - begin, ids.data());
  return ids;
}

}  // namespace fathom::data
