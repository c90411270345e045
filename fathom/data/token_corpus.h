// The tokens that training reads: one token file, or the shards of one split of a prepared corpus, or several of these, as one sequence
// in the order in which they are named.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fathom/data/token_file.h"

namespace fathom::data {

struct CorpusAccess {
  std::string split = "train";    // of a prepared corpus
  std::uint64_t fingerprint = 0;  // tokens of another tokenizer are refused; 0: any
  bool verify = true;             // compare the SHA-256 of every shard with the manifest's (reads all of it once)
};

class TokenCorpus {
 public:
  // `path`: a prepared corpus (data/corpus_manifest.h) or a token file. Throws Error: unfinished, a shard that is missing, of another
  // size, digest, tokenizer or number of tokens than the manifest says, a split that is not there.
  static TokenCorpus open(const std::filesystem::path& path, const CorpusAccess& access = {});
  // One after another. Throws Error when the tokenizers differ, or nothing is given.
  static TokenCorpus join(std::vector<TokenCorpus> parts);

  std::int64_t size() const { return token_begins_.back(); }
  std::int64_t documents() const { return document_begins_.back(); }
  std::int64_t text_bytes() const { return text_bytes_; }
  std::int64_t vocab_size() const { return files_.front().vocab_size(); }
  std::uint64_t fingerprint() const { return files_.front().fingerprint(); }
  // First token of a document; size() for `document` = documents().
  std::int64_t document_begin(std::int64_t document) const;
  // tokens[begin … begin+count) widened to int64, across files. Throws Error outside the corpus.
  void read(std::int64_t begin, std::int64_t count, std::int64_t* out) const;
  const std::vector<TokenFile>& files() const { return files_; }

 private:
  explicit TokenCorpus(std::vector<TokenFile> files);

  std::vector<TokenFile> files_;
  std::vector<std::int64_t> token_begins_, document_begins_;  // [files + 1]
  std::int64_t text_bytes_ = 0;
};

// Whether the manifest of the corpus in `directory` names this split.
bool has_split(const std::filesystem::path& directory, const std::string& split);

}  // namespace fathom::data
