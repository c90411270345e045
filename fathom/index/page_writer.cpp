#include "fathom/index/page_writer.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"

namespace fathom::index {
namespace {

constexpr std::size_t most_term_changes = 1 << 20;  // held in memory

Database open_for_changes(const std::filesystem::path& directory) {
  Database database = open_page_database(directory, Database::Access::write);
  upgrade_page_database(database);
  return database;
}

}  // namespace

PreparedPage prepare_page(Page page, PageSentenceSplitter& splitter) {
  PreparedPage prepared{std::move(page), {}, {}};
  prepared.hash = content_hash(prepared.page);
  prepared.sentences = splitter.split(prepared.page.text);
  return prepared;
}

void PageWriter::create(const std::filesystem::path& directory, const PageIndexSettings& settings) {
  create_page_database(directory, settings);
  std::filesystem::create_directory(directory / segments_folder);
}

PageWriter::PageWriter(const std::filesystem::path& directory, const PageEncoder* encoder, PageWriterOptions options)
    : directory_(directory),
      lock_((require(std::filesystem::is_directory(directory), "{}: there is no such index directory", directory.string()), directory)),
      database_(open_for_changes(directory)),
      state_(read_state(database_)),
      encoder_(encoder),
      options_(std::move(options)),
      terms_(database_, state_.settings.stems),
      find_(database_, "SELECT number FROM documents WHERE id = ?1"),
      insert_(database_, "INSERT INTO documents(id, title, body, url, hash) VALUES(?1, ?2, ?3, ?4, ?5)"),
      select_questions_(database_, "SELECT question FROM questions WHERE document = ?1 ORDER BY ordinal"),
      insert_text_(database_, "INSERT INTO full_text(rowid, title, body, questions) VALUES(?1, ?2, ?3, ?4)"),
      insert_sentence_(database_, "INSERT INTO sentences VALUES(?1, ?2, ?3, ?4)"),
      insert_metadata_(database_, "INSERT OR IGNORE INTO metadata VALUES(?1, ?2, ?3)"),
      delete_text_(database_, "INSERT INTO full_text(full_text, rowid, title, body, questions) VALUES('delete', ?1, ?2, ?3, ?4)"),
      select_text_(database_, "SELECT title, body FROM documents WHERE number = ?1"),
      select_sentences_(database_, "SELECT begin, end FROM sentences WHERE document = ?1 ORDER BY ordinal"),
      change_term_(database_, "INSERT INTO terms VALUES(?1, ?2) ON CONFLICT(term) DO UPDATE SET documents = documents + ?2") {
  if (encoder != nullptr && !state_.fingerprint.empty())
    require(encoder->fingerprint() == state_.fingerprint,
            "{}: the index was made with another encoder (fingerprint {}) than this one ({}); vectors of two encoders cannot be compared",
            directory.string(), state_.fingerprint.substr(0, 12), encoder->fingerprint().substr(0, 12));
  remove_leftovers();
}

PageWriter::~PageWriter() {
  if (!in_transaction_) return;
  try {
    Statement rollback(database_, "ROLLBACK");
    rollback.step();
    remove_leftovers();
  } catch (const std::exception&) {  // SQLite rolled it back itself (a full disk), and the next writer tidies up
  }
}

void PageWriter::begin() {
  require(!failed_, "{}: an earlier change failed; open the index anew", directory_.string());
  if (in_transaction_) return;
  database_.execute("BEGIN IMMEDIATE");
  in_transaction_ = true;
  make_cells_table(database_);
  Statement last(database_, "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'documents'), 0)");
  last.step();
  first_new_ = last.integer(0) + 1;
}

bool PageWriter::add(const PreparedPage& prepared, OnSameId same_id) {
  begin();
  const Page& page = prepared.page;
  find_.reset();
  const bool replaces = find_.bind(1, page.id).step();
  if (replaces) {
    const std::int64_t number = find_.integer(0);
    find_.reset();
    if (number >= first_new_ || same_id == OnSameId::refuse)
      throw PageRefused(fmt::format("the id '{}' was given to another page before; ids are unique", page.id));
    remove_number(number);
  }
  find_.reset();
  insert_.bind(1, page.id).bind(2, page.title).bind(3, page.text).bind(4, page.url).bind(5, prepared.hash).run();
  const std::int64_t number = database_.last_row();
  insert_text_.bind(1, number).bind(2, page.title).bind(3, page.text).bind(4, "").run();
  std::int64_t ordinal = 0;
  for (const text::Span& sentence : prepared.sentences) {
    insert_sentence_.bind(1, number).bind(2, ordinal++).bind(3, static_cast<std::int64_t>(sentence.begin));
    insert_sentence_.bind(4, static_cast<std::int64_t>(sentence.end)).run();
  }
  for (const auto& [key, value] : page.metadata) insert_metadata_.bind(1, number).bind(2, key).bind(3, value).run();
  add_terms({page.title, page.text}, 1);
  ++state_.pages;
  return replaces;
}

bool PageWriter::remove(std::string_view id) {
  begin();
  find_.reset();
  if (!find_.bind(1, id).step()) return false;
  const std::int64_t number = find_.integer(0);
  find_.reset();
  remove_number(number);
  return true;
}

void PageWriter::remove_number(std::int64_t number) {
  select_text_.reset();
  require(select_text_.bind(1, number).step(), "{}: there is no page {}", database_.origin(), number);
  const std::string title(select_text_.text(0)), body(select_text_.text(1));
  select_text_.reset();
  const std::string questions = question_text(number);
  delete_text_.bind(1, number).bind(2, title).bind(3, body).bind(4, questions).run();
  add_terms({title, body, questions}, -1);
  for (const char* table : {"documents WHERE number", "sentences WHERE document", "metadata WHERE document", "questions WHERE document",
                            "suggestions WHERE document"}) {
    Statement remove(database_, fmt::format("DELETE FROM {} = ?1", table));
    remove.bind(1, number).run();
  }
  if (number <= state_.encoded_through) {
    Statement note(database_, "INSERT INTO removed VALUES(?1)");
    note.bind(1, number).run();
  }
  --state_.pages;
}

void PageWriter::add_terms(std::initializer_list<std::string_view> parts, std::int64_t step) {
  std::unordered_set<std::string> distinct;
  for (const std::string_view part : parts) {
    std::vector<TermSplitter::Term> terms = terms_.split(part);
    state_.tokens += step * static_cast<std::int64_t>(terms.size());
    for (TermSplitter::Term& term : terms) distinct.insert(std::move(term.term));
  }
  for (const std::string& term : distinct) term_changes_[term] += step;
  if (term_changes_.size() > most_term_changes) flush_terms();
}

void PageWriter::flush_terms() {
  // In their order, which is that of the table.
  std::vector<const std::pair<const std::string, std::int64_t>*> changes;
  for (const auto& change : term_changes_)
    if (change.second != 0) changes.push_back(&change);
  std::sort(changes.begin(), changes.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  for (const auto* change : changes) change_term_.bind(1, change->first).bind(2, change->second).run();
  term_changes_.clear();
}

void PageWriter::use_encoder(const PageEncoder& encoder, const std::string& folder) {
  begin();
  encoder_ = &encoder;
  state_.encoder = folder;
  state_.fingerprint = encoder.fingerprint();
  state_.width = encoder.width();
  state_.encoded_through = 0;
  database_.execute("DELETE FROM segments; DELETE FROM removed; DELETE FROM cells");
}

void PageWriter::commit() {
  begin();
  try {
    const std::int64_t encoded = state_.encoded_through;
    if (encoder_ != nullptr) {
      Statement last(database_, "SELECT coalesce(max(number), 0) FROM documents");
      last.step();
      if (last.integer(0) > encoded) {
        encode(encoded + 1, last.integer(0));
        state_.encoded_through = last.integer(0);
      }
      merge_small_segments();
      update_cells();
    }
    flush_terms();
    ++state_.generation;
    write_state(database_, state_);
    database_.execute("COMMIT");
  } catch (...) {
    failed_ = true;
    throw;
  }
  in_transaction_ = false;
  remove_leftovers();
}

void PageWriter::compact() {
  begin();
  flush_terms();
  database_.execute("DELETE FROM terms WHERE documents <= 0; INSERT INTO full_text(full_text) VALUES('optimize')");
  const std::vector<SegmentRow> segments = read_segments(database_);
  if (!segments.empty()) merge(segments);
  commit();
  database_.execute("PRAGMA wal_checkpoint(PASSIVE)");
}

}  // namespace fathom::index
