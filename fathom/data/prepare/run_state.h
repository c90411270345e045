// What the journal of a run says when it is read back: how far each stage came. Private to the room.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/data/prepare/chunk_source.h"
#include "fathom/data/prepare/journal.h"
#include "fathom/data/prepare/prepare_report.h"
#include "fathom/text/tokenizer.h"

namespace fathom::data {

// The parts of a run's work that memory is given to, in bytes.
struct MemoryShares {
  std::int64_t chunk = 0;       // text of a chunk; about ten times that is in work at once
  std::int64_t duplicates = 0;  // keys of the duplicate search
  std::int64_t lines = 0;       // sorting of lines
  std::int64_t bucket = 0;      // tokens that are shuffled at once
  std::int64_t spill = 0;       // tokens of an unfinished shard
  static MemoryShares of(std::int64_t memory_bytes);
};

// How fast text passes a stage, for the progress line.
class Throughput {
 public:
  explicit Throughput(std::int64_t bytes_before) : before_(bytes_before), begin_(std::chrono::steady_clock::now()) {}
  std::string of(std::int64_t bytes) const;  // "12.1 MiB at 35.2 MB/s"

 private:
  std::int64_t before_;
  std::chrono::steady_clock::time_point begin_;
};

struct RunState {
  // Stages, in the order in which they end.
  std::vector<std::int64_t> signatures;  // after each text chunk, how many are kept; its size is the number of text chunks
  ReadPosition position;
  std::int64_t line_documents = 0;  // whose lines are counted
  bool selected = false;            // every input was read
  std::int64_t token_chunks = 0;
  std::map<std::string, std::vector<ShardEntry>> shards;  // by split

  std::int64_t text_chunks() const { return static_cast<std::int64_t>(signatures.size()); }
  std::filesystem::path text_chunk(std::int64_t index) const { return work / fmt::format("text-{:06}", index); }
  std::filesystem::path token_chunk(std::int64_t index) const { return work / fmt::format("tokens-{:06}.safetensors", index); }
  std::filesystem::path work;
};

// Everything that the stages share.
struct PrepareRun {
  const CorpusRecipe& recipe;
  const text::Tokenizer& tokenizer;
  std::filesystem::path out;
  int threads = 1;
  bool quiet = false;
  MemoryShares memory;
  std::function<void(std::string_view point)> on_point;
  RunState state;
  PrepareReport report;
  Journal* journal = nullptr;

  // A place where a test can end the run.
  void point(std::string_view name) const {
    if (on_point) on_point(name);
  }
  // Appends a journal entry of this kind with all counts.
  void record(const char* kind, OrderedJson entry);
};

// Takes one entry of the journal into state and report.
void restore_entry(const Json& entry, const std::string& origin, RunState& state, PrepareReport& report);

}  // namespace fathom::data
