// Making parts of a page index again from the texts of its pages.
#include <utility>

#include "fathom/base/error.h"
#include "fathom/index/page_check.h"
#include "fathom/index/page_writer.h"
#include "fathom/index/vector_cells.h"

namespace fathom::index {

bool PageWriter::rebuild_full_text() {
  std::vector<std::string> before = check_storage(database_);
  if (before.empty() && (before = check_full_text(database_)).empty()) return false;
  std::vector<std::string> after;
  try {
    database_.execute(
        "REINDEX;"
        "INSERT INTO full_text(full_text) VALUES('rebuild');"
        "DROP TABLE IF EXISTS temp.page_words;"
        "CREATE VIRTUAL TABLE temp.page_words USING fts5vocab('main', 'full_text', 'row');"
        "DELETE FROM terms; INSERT INTO terms SELECT term, doc FROM temp.page_words;");
    Statement count(database_, "SELECT (SELECT count(*) FROM documents), (SELECT coalesce(sum(cnt), 0) FROM temp.page_words)");
    count.step();
    state_.pages = count.integer(0);
    state_.tokens = count.integer(1);
    after = check_storage(database_);
  } catch (const Error& error) {
    after.emplace_back(error.what());
  }
  require(
      after.empty(),
      "{}\nThe tables of the index are damaged, and what was in them cannot be made again; build the index again from its pages, or put "
      "back a copy",
      fmt::join(before, "\n"));
  return true;
}

// Those whose segment is there; commit() learns them anew.
std::int64_t PageWriter::forget_damaged_cells() {
  std::int64_t forgotten = 0;
  const std::vector<CellsRow> cells = read_cells(database_);
  for (const SegmentRow& segment : read_segments(database_)) {
    for (const CellsRow& row : cells) {
      if (row.segment != segment.name) continue;
      try {
        VectorCells(segment_path(directory_, row.name), VectorSegment(segment_path(directory_, segment.name), state_.width, ""),
                    row.sha256);
      } catch (const Error&) {
        Statement(database_, "DELETE FROM cells WHERE segment = ?1").bind(1, segment.name).run();
        ++forgotten;
      }
    }
  }
  return forgotten;
}

PageWriter::Repair PageWriter::repair() {
  begin();
  Repair repair;
  repair.full_text = rebuild_full_text();
  repair.beyond_help = check_texts(database_);
  for (std::string& finding : check_questions(database_)) repair.beyond_help.push_back(std::move(finding));
  for (const SegmentRow& segment : read_segments(database_)) {
    if (open_sound(segment) != nullptr) continue;
    require(encoder_ != nullptr, "{}: a segment is damaged, and without the encoder it cannot be made again", directory_.string());
    forget_segments(segment.first, segment.last);
    encode(segment.first, segment.last);
    ++repair.segments;
  }
  repair.cells = forget_damaged_cells();
  if (repair.full_text || repair.segments > 0 || repair.cells > 0) commit();
  return repair;
}

}  // namespace fathom::index
