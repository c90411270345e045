// The vectors of a PageWriter: encoding, merging and repairing segments. A segment's file is complete on disk before the commit names it.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/parallel.h"
#include "fathom/index/page_writer.h"
#include "fathom/index/vector_cells.h"
#include "fathom/index/vector_segment.h"

namespace fathom::index {
namespace {

constexpr std::size_t most_segments = 16, merged_at_once = 8;
constexpr std::size_t pages_at_once = 1024;  // encoded between two looks at the memory

void check_vectors(const std::vector<PageVector>& vectors, std::int64_t width, std::int64_t most, std::size_t sentences) {
  require(static_cast<std::int64_t>(vectors.size()) <= most, "the encoder gave {} vectors for a page where {} are allowed", vectors.size(),
          most);
  for (const PageVector& vector : vectors)
    require(static_cast<std::int64_t>(vector.values.size()) == width && vector.sentence >= 0 &&
                vector.sentence < static_cast<std::int64_t>(sentences),
            "the encoder gave a vector of width {} for sentence {}; width {} and a sentence below {} are expected", vector.values.size(),
            vector.sentence, width, sentences);
}

}  // namespace

std::vector<std::string_view> PageWriter::PageText::sentences() const {
  std::vector<std::string_view> views;
  for (const text::Span& span : spans) views.push_back(span.of(body));
  return views;
}

PageWriter::PageText PageWriter::read_text(std::int64_t number) {
  PageText page{number, {}, {}, {}};
  select_text_.reset();
  require(select_text_.bind(1, number).step(), "{}: there is no page {}", database_.origin(), number);
  page.title = select_text_.text(0);
  page.body = select_text_.text(1);
  select_text_.reset();
  select_sentences_.reset();
  select_sentences_.bind(1, number);
  while (select_sentences_.step()) {
    page.spans.push_back({static_cast<std::size_t>(select_sentences_.integer(0)), static_cast<std::size_t>(select_sentences_.integer(1))});
    require(page.spans.back().begin <= page.spans.back().end && page.spans.back().end <= page.body.size(),
            "{}: a sentence of page {} lies outside its text; the index is damaged, make it again", database_.origin(), number);
  }
  return page;
}

void PageWriter::for_each_page(const std::function<void(std::string_view, const std::vector<std::string_view>&)>& visit) {
  Statement numbers(database_, "SELECT number FROM documents ORDER BY number");
  while (numbers.step()) {
    const PageText page = read_text(numbers.integer(0));
    visit(page.title, page.sentences());
  }
}

std::string PageWriter::new_segment_name() { return fmt::format("{:08}.safetensors", state_.next_segment++); }

void PageWriter::encode(std::int64_t first, std::int64_t last) {
  if (state_.width == 0) return;  // an encoder that knows no word
  Statement count(database_, "SELECT count(*) FROM documents WHERE number BETWEEN ?1 AND ?2");
  count.bind(1, first).bind(2, last).step();
  const std::int64_t total = count.integer(0);
  Statement numbers(database_, "SELECT number FROM documents WHERE number BETWEEN ?1 AND ?2 ORDER BY number");
  numbers.bind(1, first).bind(2, last);
  SegmentRows rows(state_.width);
  std::int64_t done = 0, begin = first;
  const auto flush = [&](std::int64_t through) {
    if (rows.pages() > 0) {
      const std::string name = new_segment_name();
      const auto written = write_segment(segment_path(directory_, name), rows);
      record_segment({name, begin, through, rows.pages(), rows.rows(), written.bytes, written.sha256});
    }
    rows = SegmentRows(state_.width);
    begin = through + 1;
  };
  if (options_.encoding && total > 0) options_.encoding(0, total);
  for (bool more = true; more;) {
    std::vector<PageText> batch;
    std::int64_t bytes = 0;
    while (batch.size() < pages_at_once && bytes < options_.memory / 4 && (more = numbers.step())) {
      batch.push_back(read_text(numbers.integer(0)));
      bytes += static_cast<std::int64_t>(batch.back().body.size());
    }
    std::vector<std::vector<PageVector>> vectors(batch.size());
    for_each_piece(static_cast<std::int64_t>(batch.size()), options_.threads, [&](std::int64_t i) {
      const PageText& page = batch[static_cast<std::size_t>(i)];
      auto& found = vectors[static_cast<std::size_t>(i)];
      found = encoder_->encode_page(page.title, page.sentences(), state_.settings.most_vectors);
      check_vectors(found, state_.width, state_.settings.most_vectors, page.spans.size());
    });
    for (std::size_t i = 0; i < batch.size(); ++i) rows.add(batch[i].number, vectors[i]);
    done += static_cast<std::int64_t>(batch.size());
    if (options_.encoding && total > 0) options_.encoding(done, total);
    if (rows.bytes() > options_.memory / 4 && !batch.empty()) flush(batch.back().number);
  }
  flush(last);
}

void PageWriter::record_segment(const SegmentRow& segment) {
  Statement insert(database_, "INSERT INTO segments VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  insert.bind(1, segment.name).bind(2, segment.first).bind(3, segment.last).bind(4, segment.pages).bind(5, segment.rows);
  insert.bind(6, segment.bytes).bind(7, segment.sha256).run();
}

void PageWriter::forget_segments(std::int64_t first, std::int64_t last) {
  for (const char* what : {"segments WHERE first >= ?1 AND last <= ?2", "removed WHERE number BETWEEN ?1 AND ?2"}) {
    Statement forget(database_, fmt::format("DELETE FROM {}", what));
    forget.bind(1, first).bind(2, last).run();
  }
}

void PageWriter::merge(const std::vector<SegmentRow>& rows) {
  const std::int64_t first = rows.front().first, last = rows.back().last;
  std::vector<std::unique_ptr<VectorSegment>> sources;
  bool sound = true;
  for (const SegmentRow& row : rows) {
    auto segment = open_sound(row);
    sound = sound && segment != nullptr;
    sources.push_back(std::move(segment));
  }
  if (!sound) {  // what is damaged is made again from the text
    require(encoder_ != nullptr, "{}: a segment is damaged, and without the encoder it cannot be made again", directory_.string());
    forget_segments(first, last);
    return encode(first, last);
  }
  std::unordered_set<std::int64_t> removed;
  Statement select(database_, "SELECT number FROM removed WHERE number BETWEEN ?1 AND ?2");
  select.bind(1, first).bind(2, last);
  while (select.step()) removed.insert(select.integer(0));
  if (rows.size() == 1 && removed.empty()) return;
  std::vector<const VectorSegment*> views;
  for (const auto& source : sources) views.push_back(source.get());
  std::int64_t pages = 0, count = 0;
  for (const VectorSegment* segment : views) {
    for (const std::int64_t page : segment->pages()) {
      if (removed.contains(page)) continue;
      ++pages;
      count += segment->vectors_of(page);
    }
  }
  forget_segments(first, last);
  if (pages == 0) return;
  const std::string name = new_segment_name();
  const auto written =
      merge_segments(segment_path(directory_, name), state_.width, views, [&](std::int64_t page) { return !removed.contains(page); });
  record_segment({name, first, last, pages, count, written.bytes, written.sha256});
}

void PageWriter::merge_small_segments() {
  for (std::vector<SegmentRow> rows = read_segments(database_); rows.size() > most_segments; rows = read_segments(database_)) {
    // The neighbours that are cheapest to merge: each vector is then written again about as often as the number of vectors doubles.
    std::size_t best = 0;
    std::int64_t fewest = -1;
    for (std::size_t begin = 0; begin + merged_at_once <= rows.size(); ++begin) {
      std::int64_t bytes = 0;
      for (std::size_t i = begin; i < begin + merged_at_once; ++i) bytes += rows[i].bytes;
      if (fewest < 0 || bytes < fewest) {
        fewest = bytes;
        best = begin;
      }
    }
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(best);
    merge({begin, begin + static_cast<std::ptrdiff_t>(merged_at_once)});
  }
}

void PageWriter::update_cells() {
  database_.execute("DELETE FROM cells WHERE segment NOT IN (SELECT name FROM segments)");
  std::unordered_set<std::string> have;
  for (const CellsRow& row : read_cells(database_)) have.insert(row.segment);
  const VectorSearch search = state_.settings.vector_search;
  for (const SegmentRow& segment : read_segments(database_)) {
    const bool wanted = search == VectorSearch::approximate || (search == VectorSearch::automatic && segment.rows >= cells_from);
    if (wanted == have.contains(segment.name)) continue;
    if (!wanted) {
      Statement(database_, "DELETE FROM cells WHERE segment = ?1").bind(1, segment.name).run();
      continue;
    }
    const auto vectors = open_sound(segment);
    require(vectors != nullptr, "{}: the segment {} is damaged; `fathom index repair` makes it again", directory_.string(), segment.name);
    const std::string name = fmt::format("{:08}.cells.safetensors", state_.next_segment++);
    const WrittenCells written =
        write_cells(segment_path(directory_, name), *vectors, {.threads = options_.threads, .memory = options_.memory / 2});
    record_cells({segment.name, name, written.file.bytes, written.file.sha256, written.report.cells, written.report.probes,
                  written.report.recall_10, written.report.recall_100});
  }
}

void PageWriter::record_cells(const CellsRow& cells) {
  Statement insert(database_, "INSERT INTO cells VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  insert.bind(1, cells.segment).bind(2, cells.name).bind(3, cells.bytes).bind(4, cells.sha256).bind(5, cells.cells);
  insert.bind(6, cells.probes).bind_real(7, cells.recall_10).bind_real(8, cells.recall_100).run();
}

std::unique_ptr<VectorSegment> PageWriter::open_sound(const SegmentRow& segment) const {
  try {
    return std::make_unique<VectorSegment>(segment_path(directory_, segment.name), state_.width, segment.sha256);
  } catch (const Error&) {
    return nullptr;
  }
}

void PageWriter::remove_leftovers() const {
  std::unordered_set<std::string> named;
  for (const SegmentRow& segment : read_segments(database_)) named.insert(segment.name);
  for (const CellsRow& row : read_cells(database_)) named.insert(row.name);
  std::error_code ignored;  // what cannot be removed now is removed by the next writer
  for (const auto& entry : std::filesystem::directory_iterator(directory_ / segments_folder, ignored))
    if (!named.contains(entry.path().filename().string())) std::filesystem::remove(entry.path(), ignored);
  for (const auto& entry : std::filesystem::directory_iterator(directory_, ignored)) {
    const std::string name = entry.path().filename().string();
    if ((name.starts_with(encoder_prefix) || name.starts_with("." + std::string(encoder_prefix))) && name != state_.encoder)
      std::filesystem::remove_all(entry.path(), ignored);
  }
}

}  // namespace fathom::index
