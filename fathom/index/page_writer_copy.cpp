// Trying another encoder on a copy of an index, and taking over what came of it.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fathom/base/error.h"
#include "fathom/index/document_store.h"
#include "fathom/index/page_writer.h"

namespace fathom::index {
namespace {

constexpr const char* copied_from = "copied_from";  // in the copy's table `meta`: the generation of the index that it was made of

void move_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  require(!error, "{}: cannot be moved to {}: {}", from.string(), to.string(), error.message());
}

// A folder's entries are on disk when this returns.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int reason = errno;
  if (descriptor >= 0) ::close(descriptor);
  require(synced, "{}: cannot be written to disk: {}", folder.string(), std::strerror(reason));
}

}  // namespace

void PageWriter::copy_text(const std::filesystem::path& directory) {
  require(!in_transaction_ && !failed_, "{}: only what is committed can be copied", directory_.string());
  std::filesystem::create_directories(directory / segments_folder);
  Statement copy(database_, "VACUUM INTO ?1");
  copy.bind(1, (directory / store_file).string()).run();
  Database database = open_page_database(directory, Database::Access::write);
  make_cells_table(database);
  // A copy that does not outlive a crash need not be safe from one.
  database.execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; BEGIN; DELETE FROM segments; DELETE FROM removed; DELETE FROM cells");
  PageIndexState state = state_;
  state.encoded_through = state.width = 0;
  state.encoder.clear();
  state.fingerprint.clear();
  state.ranking.clear();
  write_state(database, state);
  Statement note(database, "INSERT INTO meta VALUES(?1, ?2)");
  note.bind(1, copied_from).bind(2, std::to_string(state_.generation)).run();
  database.execute("COMMIT");
}

void PageWriter::adopt(const std::filesystem::path& copy, const PageEncoder& encoder) {
  const Database database = open_page_database(copy, Database::Access::read);
  const PageIndexState taken = read_state(database);
  Statement origin(database, "SELECT value FROM meta WHERE key = ?1");
  origin.bind(1, copied_from);
  require(!in_transaction_ && origin.step() && origin.text(0) == std::to_string(state_.generation),
          "{}: is no copy of what is in {} now; nothing was taken from it", copy.string(), directory_.string());
  require(taken.fingerprint == encoder.fingerprint(), "{}: its vectors were made with another encoder; nothing was taken from it",
          copy.string());
  begin();
  try {
    database_.execute("DELETE FROM segments; DELETE FROM removed; DELETE FROM cells");
    for (const SegmentRow& segment : read_segments(database)) {
      move_file(segment_path(copy, segment.name), segment_path(directory_, segment.name));
      record_segment(segment);
    }
    for (const CellsRow& cells : read_cells(database)) {
      move_file(segment_path(copy, cells.name), segment_path(directory_, cells.name));
      record_cells(cells);
    }
    move_file(copy / taken.encoder, directory_ / taken.encoder);
    sync_folder(directory_ / segments_folder);
    sync_folder(directory_);
  } catch (...) {
    failed_ = true;
    throw;
  }
  encoder_ = &encoder;
  state_.encoder = taken.encoder;
  state_.fingerprint = taken.fingerprint;
  state_.width = taken.width;
  state_.encoded_through = taken.encoded_through;
  state_.next_segment = taken.next_segment;
  state_.ranking = taken.ranking;
  commit();
}

}  // namespace fathom::index
