// manifest.json of a prepared corpus: what was read, what every stage removed, and the shards with their sizes and digests.
// It is written last: a directory without one is an unfinished run.
//
//   manifest.json   recipe.toml   tokenizer/   train/shard-00000.safetensors …   validation/shard-00000.safetensors …
//   rejected/RULE.jsonl   duplicates.jsonl   signatures/
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/json.h"

namespace fathom::data {

struct Amount {
  std::int64_t documents = 0, bytes = 0;
  void add(std::int64_t document_bytes) {
    ++documents;
    bytes += document_bytes;
  }
  Amount& operator+=(const Amount& other) {
    documents += other.documents;
    bytes += other.bytes;
    return *this;
  }
};

struct InputFile {
  std::string path, source, sha256;
  std::int64_t bytes = 0;      // on disk
  std::int64_t documents = 0;  // read from it
};

// A source's way through the stages. `rejected` is by rule ("exact_duplicate", "language", …), `changed` by stage ("lines": bytes are
// those taken out).
struct SourceReport {
  std::string name;
  Amount read, kept;  // kept: normalised text that was tokenised
  std::map<std::string, Amount> rejected, changed, languages;
  std::int64_t tokens = 0;                             // kept, before mixing
  double weight = 0, repeat = 1;                       // wanted share (0: none), factor applied
  std::int64_t train_documents = 0, train_tokens = 0;  // after mixing, copies counted
  std::int64_t validation_documents = 0, validation_tokens = 0;
};

OrderedJson to_json(const SourceReport& source);
SourceReport source_report(const Json& json, const std::string& origin);
OrderedJson to_json(const InputFile& input);
InputFile input_file(const Json& json, const std::string& origin);

struct ShardEntry {
  std::string file;  // relative to the directory
  std::int64_t bytes = 0, tokens = 0, documents = 0, text_bytes = 0;
  std::string sha256;
};

OrderedJson to_json(const ShardEntry& shard);
ShardEntry shard_entry(const Json& json, const std::string& origin);

// What a run counts of the whole corpus.
struct CorpusCounts {
  std::vector<SourceReport> sources;
  std::vector<std::int64_t> length_histogram;  // documents of [2^i, 2^(i+1)) tokens, before mixing
  std::int64_t fim_documents = 0, split_candidates = 0, split_tokens = 0;

  void write(OrderedJson& json) const;
  // Throws Error naming the key that is missing or of another type.
  void read(const Json& json, const std::string& origin);
};

struct CorpusManifest : CorpusCounts {
  std::string program;  // version of fathom that wrote it
  std::uint64_t fingerprint = 0;
  std::int64_t vocab_size = 0;
  std::string recipe;  // as recipe.toml
  std::vector<InputFile> inputs;
  std::map<std::string, std::vector<ShardEntry>> splits;  // "train", "validation"

  // Throws Error naming file and key: missing, of another format or a newer version, no shard, names that lead outside.
  static CorpusManifest load(const std::filesystem::path& directory);
  static CorpusManifest parse(std::string_view json, const std::string& origin);
  std::string dump() const;

  SourceReport total() const;
};

// Whether `path` is a directory with a manifest, or an unfinished run.
bool is_prepared_corpus(const std::filesystem::path& path);

constexpr const char* manifest_name = "manifest.json";

}  // namespace fathom::data
