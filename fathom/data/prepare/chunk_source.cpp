#include "fathom/data/prepare/chunk_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/sha256.h"

namespace fathom::data {
namespace {

constexpr std::size_t chunks_ready = 2;
constexpr std::size_t most_documents = 16'384;  // of a chunk: many tiny documents cost more than their text

}  // namespace

std::vector<SourceFile> list_files(const CorpusRecipe& recipe) {
  std::vector<SourceFile> files;
  for (std::size_t source = 0; source < recipe.sources.size(); ++source) {
    for (const std::string& path : recipe.sources[source].files()) {
      std::error_code error;
      const auto bytes = std::filesystem::file_size(path, error);
      const auto modified = std::filesystem::last_write_time(path, error).time_since_epoch().count();
      files.push_back({static_cast<std::int32_t>(source), path, error ? 0 : static_cast<std::int64_t>(bytes), error ? 0 : modified});
    }
  }
  return files;
}

ChunkSource::ChunkSource(const CorpusRecipe& recipe, std::vector<SourceFile> files, ReadPosition begin, std::int64_t chunk_bytes)
    : recipe_(recipe), files_(std::move(files)), position_(begin), chunk_bytes_(chunk_bytes) {
  for (std::int64_t i = 0; i < begin.file; ++i) finished_bytes_ += static_cast<double>(files_[static_cast<std::size_t>(i)].bytes);
  thread_ = std::jthread([this] { read_all(); });
}

ChunkSource::~ChunkSource() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  changed_.notify_all();
}

std::optional<RawChunk> ChunkSource::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
  if (ready_.empty()) {
    if (error_) std::rethrow_exception(error_);
    return std::nullopt;
  }
  RawChunk chunk = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return chunk;
}

bool ChunkSource::push() {
  chunk_.end = position_;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_.size() < chunks_ready || abandoned_; });
  if (abandoned_) return false;
  ready_.push_back(std::exchange(chunk_, {}));
  held_bytes_ = 0;
  changed_.notify_all();
  return true;
}

void ChunkSource::read_all() {
  std::exception_ptr error;
  try {
    for (auto file = static_cast<std::size_t>(position_.file); file < files_.size(); ++file) {
      read_file(file);
      const std::lock_guard lock(mutex_);
      if (abandoned_) return;
    }
    chunk_.read_bytes = finished_bytes_;
    push();
  } catch (...) {
    error = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  error_ = error;
  ended_ = true;
  changed_.notify_all();
}

std::string ChunkSource::digest_of(const std::string& path) const {
  try {
    return sha256_of_file(path);
  } catch (const Error&) {
    if (!recipe_.skip_bad) throw;
    return "";  // that it cannot be read is counted as bad input
  }
}

void ChunkSource::read_file(std::size_t index) {
  const SourceFile& file = files_[index];
  DocumentOptions options = recipe_.document_options(recipe_.sources[static_cast<std::size_t>(file.source)]);
  const std::int64_t first = position_.ordinal;
  std::int64_t text_bytes = 0;
  options.report_bad = [&](const BadDocument& bad) {
    // Reading again passes over what stands before; it was counted then.
    if (bad.place.ordinal >= first || bad.rest_of_file) chunk_.bad.push_back({bad.reason, bad.place.describe(), file.source});
  };
  options.report_blank = [&](const DocumentPlace& place) {
    if (place.ordinal >= first) chunk_.documents.push_back({"", place.describe(), file.source});
  };
  DocumentReader reader(file.path, options, first);
  while (reader.next()) {
    const std::string_view text = reader.text();
    chunk_.documents.push_back({std::string(text), reader.place().describe(), file.source});
    ++position_.documents;
    position_.ordinal = reader.next_ordinal();
    text_bytes += static_cast<std::int64_t>(text.size());
    held_bytes_ += static_cast<std::int64_t>(text.size());
    if (held_bytes_ < chunk_bytes_ && chunk_.documents.size() < most_documents) continue;
    // Text usually is three to four times as long as its compressed form; the end of the file corrects the guess.
    chunk_.read_bytes = finished_bytes_ + std::min(static_cast<double>(text_bytes) / 3, static_cast<double>(file.bytes));
    if (!push()) return;
  }
  chunk_.finished.push_back(
      {file.path, recipe_.sources[static_cast<std::size_t>(file.source)].name, digest_of(file.path), file.bytes, position_.documents});
  finished_bytes_ += static_cast<double>(file.bytes);
  position_ = {static_cast<std::int64_t>(index) + 1, 0, 0};
}

}  // namespace fathom::data
