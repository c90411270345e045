#include "fathom/index/page_database.h"

#include <charconv>
#include <map>

#include "fathom/base/error.h"
#include "fathom/index/document_store.h"
#include "fathom/index/page_encoder.h"
#include "fathom/index/word_tokenizer.h"

namespace fathom::index {
namespace {

// Questions are a column of the full text of their own, so that their weight can be set and they can be taken away again.
constexpr const char* question_tables =
    "CREATE TABLE questions(document INTEGER NOT NULL, ordinal INTEGER NOT NULL, sentence INTEGER NOT NULL, question TEXT NOT NULL,"
    " PRIMARY KEY(document, ordinal)) WITHOUT ROWID;"
    "CREATE TABLE suggestions(document INTEGER NOT NULL, ordinal INTEGER NOT NULL, sentence INTEGER NOT NULL, question TEXT NOT NULL,"
    " answer TEXT NOT NULL, PRIMARY KEY(document, ordinal)) WITHOUT ROWID;"
    "CREATE VIEW searchable AS SELECT number, title, body,"
    " coalesce((SELECT group_concat(question, char(10)) FROM questions WHERE document = number), '') AS questions FROM documents;";

std::string full_text_table(bool stems) {
  return fmt::format(
      "CREATE VIRTUAL TABLE full_text USING fts5(title, body, questions, content = 'searchable', content_rowid = 'number',"
      " tokenize = '{}');",
      stems ? stem_tokenizer_name : word_tokenizer_name);
}

using Meta = std::map<std::string, std::string, std::less<>>;

Meta read_meta(const Database& database) {
  Meta meta;
  Statement select(database, "SELECT key, value FROM meta");
  while (select.step()) meta.emplace(select.text(0), select.text(1));
  return meta;
}

const std::string& text_of(const Meta& meta, const char* key, const Database& database) {
  const auto found = meta.find(key);
  require(found != meta.end(), "{}: '{}' is missing in the table meta; the index is damaged, make it again", database.origin(), key);
  return found->second;
}

std::int64_t integer_of(const Meta& meta, const char* key, const Database& database) {
  const std::string& text = text_of(meta, key, database);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && value >= 0,
          "{}: '{}' in the table meta should be a number, but is '{}'; the index is damaged, make it again", database.origin(), key, text);
  return value;
}

double real_of(const Meta& meta, const char* key, const Database& database) {
  const std::string& text = text_of(meta, key, database);
  double value = -1.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && value >= 0.0,
          "{}: '{}' in the table meta should be a number of 0 or more, but is '{}'; the index is damaged, make it again", database.origin(),
          key, text);
  return value;
}

constexpr std::string_view vector_search_names[] = {"auto", "exact", "approximate"};

void check_file_name(const std::string& name, const Database& database) {
  require(name.find('/') == std::string::npos, "{}: the file '{}' lies outside the index; the index is damaged", database.origin(), name);
}

}  // namespace

std::string_view name_of(VectorSearch search) { return vector_search_names[static_cast<std::size_t>(search)]; }

VectorSearch vector_search_of(std::string_view name) {
  for (const VectorSearch search : {VectorSearch::automatic, VectorSearch::exact, VectorSearch::approximate})
    if (name == name_of(search)) return search;
  fail_usage("'{}' is no way to search vectors; auto, exact or approximate is expected", name);
}

Database create_page_database(const std::filesystem::path& directory, const PageIndexSettings& settings) {
  require(settings.most_vectors >= 1 && settings.most_vectors <= most_vectors_per_page,
          "{} vectors a page are asked for; 1 to {} are possible", settings.most_vectors, most_vectors_per_page);
  Database database = Database::create_shared(directory / store_file);
  database.execute(
      "BEGIN;"
      "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE documents(number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, body TEXT NOT NULL,"
      " url TEXT NOT NULL, hash TEXT NOT NULL);"
      "CREATE TABLE metadata(document INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
      " PRIMARY KEY(key, value, document)) WITHOUT ROWID;"
      "CREATE INDEX metadata_of ON metadata(document);"
      "CREATE INDEX documents_of_hash ON documents(hash);"
      "CREATE TABLE sentences(document INTEGER NOT NULL, ordinal INTEGER NOT NULL, begin INTEGER NOT NULL, end INTEGER NOT NULL,"
      " PRIMARY KEY(document, ordinal)) WITHOUT ROWID;"
      "CREATE TABLE terms(term TEXT PRIMARY KEY, documents INTEGER NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE segments(name TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, pages INTEGER NOT NULL,"
      " rows INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE removed(number INTEGER PRIMARY KEY);");
  make_cells_table(database);
  database.execute(question_tables + full_text_table(settings.stems));
  Statement meta(database, "INSERT INTO meta VALUES(?1, ?2)");
  meta.bind(1, "kind").bind(2, pages_kind).run();
  PageIndexState state;
  state.settings = settings;
  write_state(database, state);
  database.execute("COMMIT");
  return database;
}

Database open_page_database(const std::filesystem::path& directory, Database::Access access) {
  const std::filesystem::path path = directory / store_file;
  require(std::filesystem::is_directory(directory), "{}: there is no such index directory", directory.string());
  require(std::filesystem::exists(path), "{}: is no index directory: {} is missing", directory.string(), store_file);
  Database database = Database::open_shared(path, access);
  const Meta meta = read_meta(database);
  const std::string &kind = text_of(meta, "kind", database), &version = text_of(meta, "version", database);
  require(kind == pages_kind, "{}: this index is of kind '{}', but '{}' is needed", path.string(), kind, pages_kind);
  require(version == std::to_string(page_index_version) || version == std::to_string(oldest_page_index_version),
          "{}: the index has format version {}, this program reads versions {} to {}; make the index again with this program",
          path.string(), version, oldest_page_index_version, page_index_version);
  return database;
}

void upgrade_page_database(Database& database) {
  PageIndexState state = read_state(database);
  if (state.version == page_index_version) return;
  database.execute("BEGIN IMMEDIATE");
  try {
    database.execute("DROP TABLE full_text");
    database.execute(question_tables + full_text_table(state.settings.stems));
    database.execute("INSERT INTO full_text(rowid, title, body, questions) SELECT number, title, body, '' FROM documents ORDER BY number");
    state.version = page_index_version;
    ++state.generation;
    write_state(database, state);
    database.execute("COMMIT");
  } catch (...) {
    Statement(database, "ROLLBACK").step();
    throw;
  }
}

PageIndexState read_state(const Database& database) {
  const Meta meta = read_meta(database);
  PageIndexState state;
  state.settings.most_vectors = integer_of(meta, "most_vectors", database);
  state.settings.stems = integer_of(meta, "stems", database) != 0;
  // Not in an index of a program that knew no cells.
  if (meta.contains("vector_search")) state.settings.vector_search = vector_search_of(text_of(meta, "vector_search", database));
  state.generation = integer_of(meta, "generation", database);
  state.next_segment = integer_of(meta, "next_segment", database);
  state.encoded_through = integer_of(meta, "encoded_through", database);
  state.pages = integer_of(meta, "pages", database);
  state.tokens = integer_of(meta, "tokens", database);
  state.encoder = text_of(meta, "encoder", database);
  state.fingerprint = text_of(meta, "fingerprint", database);
  state.width = integer_of(meta, "width", database);
  state.ranking = text_of(meta, "ranking", database);
  state.version = integer_of(meta, "version", database);
  if (state.version > oldest_page_index_version) state.question_weight = real_of(meta, "question_weight", database);
  return state;
}

void write_state(const Database& database, const PageIndexState& state) {
  Statement set(database, "INSERT OR REPLACE INTO meta VALUES(?1, ?2)");
  const auto put = [&](const char* key, const std::string& value) { set.bind(1, key).bind(2, value).run(); };
  put("most_vectors", std::to_string(state.settings.most_vectors));
  put("stems", state.settings.stems ? "1" : "0");
  put("vector_search", std::string(name_of(state.settings.vector_search)));
  put("generation", std::to_string(state.generation));
  put("next_segment", std::to_string(state.next_segment));
  put("encoded_through", std::to_string(state.encoded_through));
  put("pages", std::to_string(state.pages));
  put("tokens", std::to_string(state.tokens));
  put("encoder", state.encoder);
  put("fingerprint", state.fingerprint);
  put("width", std::to_string(state.width));
  put("ranking", state.ranking);
  put("version", std::to_string(state.version));
  put("question_weight", fmt::format("{:.6f}", state.question_weight));
}

std::vector<SegmentRow> read_segments(const Database& database) {
  std::vector<SegmentRow> segments;
  Statement select(database, "SELECT name, first, last, pages, rows, bytes, sha256 FROM segments ORDER BY first");
  while (select.step()) {
    segments.push_back({std::string(select.text(0)), select.integer(1), select.integer(2), select.integer(3), select.integer(4),
                        select.integer(5), std::string(select.text(6))});
    check_file_name(segments.back().name, database);
  }
  return segments;
}

void make_cells_table(Database& database) {
  database.execute(
      "CREATE TABLE IF NOT EXISTS cells(segment TEXT PRIMARY KEY, name TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,"
      " cells INTEGER NOT NULL, probes INTEGER NOT NULL, recall_10 REAL NOT NULL, recall_100 REAL NOT NULL) WITHOUT ROWID");
}

std::vector<CellsRow> read_cells(const Database& database) {
  std::vector<CellsRow> rows;
  Statement exists(database, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'cells'");
  if (!exists.step()) return rows;
  Statement select(database, "SELECT segment, name, bytes, sha256, cells, probes, recall_10, recall_100 FROM cells");
  while (select.step()) {
    rows.push_back({std::string(select.text(0)), std::string(select.text(1)), select.integer(2), std::string(select.text(3)),
                    select.integer(4), select.integer(5), select.real(6), select.real(7)});
    check_file_name(rows.back().name, database);
  }
  return rows;
}

std::filesystem::path segment_path(const std::filesystem::path& directory, const std::string& name) {
  return directory / segments_folder / name;
}

}  // namespace fathom::index
