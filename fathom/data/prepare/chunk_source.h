// Reads the documents of all sources in order, on a thread of its own, in chunks of bounded size. Private to the room.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fathom/data/corpus_manifest.h"
#include "fathom/data/corpus_recipe.h"

namespace fathom::data {

struct SourceFile {
  std::int32_t source = 0;
  std::string path;
  std::int64_t bytes = 0, modified = 0;  // on disk; nanoseconds since the file system's epoch
};
// All files of all sources, in order. Throws Error when one is missing.
std::vector<SourceFile> list_files(const CorpusRecipe& recipe);

struct RawDocument {
  std::string text, place;
  std::int32_t source = 0;
};

// Where reading goes on.
struct ReadPosition {
  std::int64_t file = 0, ordinal = 0;
  std::int64_t documents = 0;  // read from this file so far
};

struct RawChunk {
  std::vector<RawDocument> documents;
  std::vector<RawDocument> bad;     // text: the reason (read.on_bad = "skip")
  std::vector<InputFile> finished;  // files that end in this chunk
  ReadPosition end;
  double read_bytes = 0;  // on disk, of all files up to here; an estimate inside a compressed file
};

class ChunkSource {
 public:
  // A chunk ends when its texts exceed `chunk_bytes`. Two are kept ready.
  ChunkSource(const CorpusRecipe& recipe, std::vector<SourceFile> files, ReadPosition begin, std::int64_t chunk_bytes);
  ~ChunkSource();
  ChunkSource(const ChunkSource&) = delete;
  ChunkSource& operator=(const ChunkSource&) = delete;

  // nullopt at the end. Rethrows what reading threw.
  std::optional<RawChunk> next();

 private:
  void read_all();
  void read_file(std::size_t index);
  std::string digest_of(const std::string& path) const;  // SHA-256; "" for what cannot be read, where that is passed over
  bool push();                                           // hands the chunk on; false when nobody wants more

  const CorpusRecipe& recipe_;
  std::vector<SourceFile> files_;
  ReadPosition position_;
  std::int64_t chunk_bytes_, held_bytes_ = 0;
  double finished_bytes_ = 0;
  RawChunk chunk_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<RawChunk> ready_;
  bool ended_ = false, abandoned_ = false;
  std::exception_ptr error_;
  std::jthread thread_;
};

}  // namespace fathom::data
