#include "fathom/index/document_store.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/index/word_tokenizer.h"

namespace fathom::index {
namespace {

Database create_tables(const std::filesystem::path& directory, const std::string& kind) {
  Database database = Database::create(directory / store_file);
  database.execute(
      "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE documents(number INTEGER PRIMARY KEY, id TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL);"
      "CREATE TABLE sentences(document INTEGER NOT NULL, ordinal INTEGER NOT NULL, begin INTEGER NOT NULL, end INTEGER NOT NULL,"
      " PRIMARY KEY(document, ordinal)) WITHOUT ROWID;"
      "CREATE TABLE document_words(document INTEGER PRIMARY KEY, words BLOB NOT NULL);"
      "CREATE TABLE title_terms(term TEXT PRIMARY KEY, documents INTEGER NOT NULL) WITHOUT ROWID;");
  database.execute(
      fmt::format("CREATE VIRTUAL TABLE full_text USING fts5(title, body, content = 'documents', content_rowid = 'number',"
                  " tokenize = '{}')",
                  word_tokenizer_name));
  Statement meta(database, "INSERT INTO meta VALUES(?1, ?2)");
  meta.bind(1, "kind").bind(2, kind).run();
  meta.bind(1, "version").bind(2, std::to_string(store_version)).run();
  database.execute("BEGIN");
  return database;
}

Database open_checked(const std::filesystem::path& directory, const std::string& kind) {
  const std::filesystem::path path = directory / store_file;
  require(std::filesystem::is_directory(directory), "{}: there is no such index directory", directory.string());
  require(std::filesystem::exists(path), "{}: is no index directory: {} is missing", directory.string(), store_file);
  Database database = Database::open_read_only(path);
  std::string found_kind, version;
  Statement meta(database, "SELECT key, value FROM meta");
  while (meta.step()) {
    if (meta.text(0) == "kind") found_kind = meta.text(1);
    if (meta.text(0) == "version") version = meta.text(1);
  }
  require(found_kind == kind, "{}: this index is of kind '{}', but '{}' is needed", path.string(), found_kind, kind);
  require(version == std::to_string(store_version),
          "{}: the index has format version {}, this program reads version {}; make the index again with this program", path.string(),
          version.empty() ? "(none)" : version, store_version);
  return database;
}

std::string quoted(const std::string& word) {
  std::string out = "\"";
  for (const char c : word) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

}  // namespace

DocumentWriter::DocumentWriter(const std::filesystem::path& directory, const std::string& kind)
    : database_(create_tables(directory, kind)),
      insert_(database_, "INSERT INTO documents VALUES(?1, ?2, ?3, ?4)"),
      insert_words_(database_, "INSERT INTO document_words VALUES(?1, ?2)"),
      insert_sentence_(database_, "INSERT INTO sentences VALUES(?1, ?2, ?3, ?4)"),
      insert_text_(database_, "INSERT INTO full_text(rowid, title, body) VALUES(?1, ?2, ?3)") {}

std::int64_t DocumentWriter::add(const Document& document, const std::vector<std::uint32_t>& words) {
  const std::int64_t number = ++count_;
  insert_.bind(1, number).bind(2, document.id).bind(3, document.title).bind(4, document.body).run();
  insert_words_.bind(1, number).bind_bytes(2, std::as_bytes(std::span(words))).run();
  insert_text_.bind(1, number).bind(2, document.title).bind(3, document.body).run();
  std::int64_t ordinal = 0;
  for (const text::Span& sentence : sentences_.split(document.body)) {
    insert_sentence_.bind(1, number).bind(2, ordinal++).bind(3, static_cast<std::int64_t>(sentence.begin));
    insert_sentence_.bind(4, static_cast<std::int64_t>(sentence.end)).run();
  }
  return number;
}

void DocumentWriter::finish(const std::string& generation) {
  Statement meta(database_, "INSERT INTO meta VALUES(?1, ?2)");
  meta.bind(1, "generation").bind(2, generation).run();
  meta.bind(1, "documents").bind(2, std::to_string(count_)).run();
  database_.execute(
      "INSERT INTO full_text(full_text) VALUES('optimize');"
      "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'full_text', 'col');"
      "INSERT INTO title_terms SELECT term, doc FROM temp.vocabulary WHERE col = 'title';"
      "COMMIT; DROP TABLE temp.vocabulary; ANALYZE");
}

DocumentStore::DocumentStore(const std::filesystem::path& directory, const std::string& kind)
    : database_(open_checked(directory, kind)),
      frequency_(database_, "SELECT documents FROM title_terms WHERE term = ?1"),
      // The ranking alone, as FTS5 can stop sorting at the limit only then.
      match_(database_, "SELECT rowid, rank FROM full_text WHERE full_text MATCH ?1 ORDER BY rank LIMIT ?2") {
  Statement meta(database_, "SELECT value FROM meta WHERE key = ?1");
  meta.bind(1, "generation");
  require(meta.step(), "{}: the index names no generation; it was not completed, make it again", database_.origin());
  generation_ = meta.text(0);
  Statement count(database_, "SELECT count(*) FROM documents");
  count.step();
  size_ = count.integer(0);
}

Document DocumentStore::document(std::int64_t number) const {
  Statement select(database_, "SELECT id, title, body FROM documents WHERE number = ?1");
  select.bind(1, number);
  require(select.step(), "{}: there is no document {}", database_.origin(), number);
  return {std::string(select.text(0)), std::string(select.text(1)), std::string(select.text(2))};
}

std::vector<text::Span> DocumentStore::sentences(std::int64_t number) const {
  Statement select(database_, "SELECT begin, end FROM sentences WHERE document = ?1 ORDER BY ordinal");
  select.bind(1, number);
  std::vector<text::Span> spans;
  while (select.step()) spans.push_back({static_cast<std::size_t>(select.integer(0)), static_cast<std::size_t>(select.integer(1))});
  return spans;
}

std::vector<std::vector<std::uint32_t>> DocumentStore::all_words() const {
  Statement select(database_, "SELECT words FROM document_words ORDER BY document");
  std::vector<std::vector<std::uint32_t>> words;
  words.reserve(static_cast<std::size_t>(size_));
  while (select.step()) {
    const auto bytes = select.bytes(0);
    require(bytes.size() % sizeof(std::uint32_t) == 0, "{}: the words of document {} are damaged", database_.origin(), words.size() + 1);
    auto& row = words.emplace_back(bytes.size() / sizeof(std::uint32_t));
    if (!bytes.empty()) std::memcpy(row.data(), bytes.data(), bytes.size());
  }
  require(static_cast<std::int64_t>(words.size()) == size_, "{}: {} documents, but words of {}; the index is damaged", database_.origin(),
          size_, words.size());
  return words;
}

std::int64_t DocumentStore::document_frequency(std::string_view word) {
  frequency_.reset();
  return frequency_.bind(1, word).step() ? frequency_.integer(0) : 0;
}

std::vector<TextHit> DocumentStore::search(const std::vector<std::string>& words, const TextSearchOptions& options) {
  std::vector<std::pair<std::int64_t, std::string>> rare_first;
  for (const std::string& word : words) {
    const std::int64_t frequency = document_frequency(word);
    if (frequency > 0 || !options.titles_only) rare_first.emplace_back(frequency, word);
  }
  std::sort(rare_first.begin(), rare_first.end());
  rare_first.erase(std::unique(rare_first.begin(), rare_first.end()), rare_first.end());
  std::string query;
  std::int64_t matches = 0;
  for (const auto& [frequency, word] : rare_first) {
    matches += frequency;
    if (options.most_matches > 0 && matches > options.most_matches && !query.empty()) break;
    query += (query.empty() ? "" : " OR ") + quoted(word);
  }
  std::vector<TextHit> hits;
  if (query.empty()) return hits;
  match_.reset();
  match_.bind(1, options.titles_only ? "{title} : (" + query + ")" : query).bind(2, options.limit);
  while (match_.step()) hits.push_back({match_.integer(0), -match_.real(1)});
  match_.reset();
  std::stable_sort(hits.begin(), hits.end(),
                   [](const TextHit& a, const TextHit& b) { return a.score != b.score ? a.score > b.score : a.document < b.document; });
  return hits;
}

}  // namespace fathom::index
