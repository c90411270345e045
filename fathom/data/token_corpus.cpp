#include "fathom/data/token_corpus.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/sha256.h"
#include "fathom/data/corpus_manifest.h"

namespace fathom::data {
namespace {

// A shard that is what the manifest says.
TokenFile open_shard(const std::filesystem::path& directory, const ShardEntry& entry, const CorpusAccess& access) {
  const std::filesystem::path path = directory / entry.file;
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  require(!error, "{}: the shard is missing ({}); copy the whole directory, or prepare it again", path.string(), error.message());
  require(static_cast<std::int64_t>(bytes) == entry.bytes,
          "{}: {} bytes, but {} says {}; the shard is truncated or of another run: copy the directory again, or prepare it again",
          path.string(), bytes, manifest_name, entry.bytes);
  if (access.verify) {
    const std::string digest = sha256_of_file(path);
    require(digest == entry.sha256, "{}: SHA-256 {}, but {} says {}; the shard was changed or damaged: copy it again, or prepare it again",
            path.string(), digest, manifest_name, entry.sha256);
  }
  TokenFile file = TokenFile::open(path, access.fingerprint);
  require(file.size() == entry.tokens && file.documents() == entry.documents && file.text_bytes() == entry.text_bytes,
          "{}: {} tokens in {} documents, but {} says {} in {}", path.string(), file.size(), file.documents(), manifest_name, entry.tokens,
          entry.documents);
  return file;
}

}  // namespace

TokenCorpus::TokenCorpus(std::vector<TokenFile> files) : files_(std::move(files)), token_begins_{0}, document_begins_{0} {
  require(!files_.empty(), "no token file is named");
  for (const TokenFile& file : files_) {
    require(file.fingerprint() == fingerprint(), "token files of two tokenizers (fingerprints {:016x} and {:016x}) cannot be joined",
            fingerprint(), file.fingerprint());
    token_begins_.push_back(token_begins_.back() + file.size());
    document_begins_.push_back(document_begins_.back() + file.documents());
    text_bytes_ += file.text_bytes();
  }
}

TokenCorpus TokenCorpus::open(const std::filesystem::path& path, const CorpusAccess& access) {
  std::vector<TokenFile> files;
  if (!std::filesystem::is_directory(path)) {
    files.push_back(TokenFile::open(path, access.fingerprint));
    return TokenCorpus(std::move(files));
  }
  const CorpusManifest manifest = CorpusManifest::load(path);
  if (access.fingerprint != 0 && manifest.fingerprint != access.fingerprint) {
    fail("{}: made with another tokenizer (fingerprint {:016x}) than this model's ({:016x}); use {}, or prepare the text again",
         path.string(), manifest.fingerprint, access.fingerprint, (path / "tokenizer").string());
  }
  const auto split = manifest.splits.find(access.split);
  require(split != manifest.splits.end() && !split->second.empty(), "{}: there is no split '{}' in this corpus", path.string(),
          access.split);
  for (const ShardEntry& entry : split->second) {
    files.push_back(open_shard(path, entry, access));
    require(files.back().fingerprint() == manifest.fingerprint, "{}: made with another tokenizer ({:016x}) than {} says ({:016x})",
            (path / entry.file).string(), files.back().fingerprint(), manifest_name, manifest.fingerprint);
  }
  return TokenCorpus(std::move(files));
}

TokenCorpus TokenCorpus::join(std::vector<TokenCorpus> parts) {
  std::vector<TokenFile> files;
  for (TokenCorpus& part : parts)
    for (TokenFile& file : part.files_) files.push_back(std::move(file));
  return TokenCorpus(std::move(files));
}

std::int64_t TokenCorpus::document_begin(std::int64_t document) const {
  if (document == documents()) return size();
  const auto after = std::upper_bound(document_begins_.begin(), document_begins_.end(), document);
  const auto file = static_cast<std::size_t>(after - document_begins_.begin()) - 1;
  return token_begins_[file] + files_[file].document_begin(document - document_begins_[file]);
}

void TokenCorpus::read(std::int64_t begin, std::int64_t count, std::int64_t* out) const {
  require(begin >= 0 && count >= 0 && begin <= size() - count, "tokens {} to {} of a corpus of {} were asked for", begin, begin + count,
          size());
  while (count > 0) {
    const auto after = std::upper_bound(token_begins_.begin(), token_begins_.end(), begin);
    const auto file = static_cast<std::size_t>(after - token_begins_.begin()) - 1;
    const std::int64_t here = std::min(count, token_begins_[file + 1] - begin);
    files_[file].read(begin - token_begins_[file], here, out);
    begin += here;
    count -= here;
    out += here;
  }
}

bool has_split(const std::filesystem::path& directory, const std::string& split) {
  const CorpusManifest manifest = CorpusManifest::load(directory);
  const auto found = manifest.splits.find(split);
  return found != manifest.splits.end() && !found->second.empty();
}

}  // namespace fathom::data
