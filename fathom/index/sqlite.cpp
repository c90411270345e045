#include "fathom/index/sqlite.h"

#include <sqlite3.h>
#include <unistd.h>

#include <utility>

#include "fathom/base/error.h"
#include "fathom/index/word_tokenizer.h"

namespace fathom::index {

namespace {

constexpr int busy_milliseconds = 10'000;

// Reads from a database that was just opened. Nothing but SQLite may ever open the file: POSIX drops a process's locks on a file when any
// of its descriptors for it is closed, and then another process takes the write-ahead log for its own to delete.
void require_database(const Database& database) {
  const auto check = [&](int result) {
    const char* origin = database.origin().c_str();
    require(result != SQLITE_NOTADB, "{}: is no SQLite database", origin);
    require(result != SQLITE_CORRUPT, "{}: the file is truncated or damaged; make the index again", origin);
    if (result != SQLITE_OK && result != SQLITE_ROW) fail("{}: cannot be read: {}", origin, sqlite3_errmsg(database.handle()));
  };
  sqlite3_stmt* select = nullptr;
  check(sqlite3_prepare_v2(database.handle(), "SELECT count(*) FROM sqlite_master", -1, &select, nullptr));
  const int result = sqlite3_step(select);
  const bool empty = result == SQLITE_ROW && sqlite3_column_int64(select, 0) == 0;
  sqlite3_finalize(select);
  check(result);
  require(!empty, "{}: is no SQLite database with tables; make the index again", database.origin());
}

}  // namespace

Database::Database(const std::filesystem::path& path, int flags) : origin_(path.string()) {
  const int result = sqlite3_open_v2(origin_.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (handle_ != nullptr) sqlite3_busy_timeout(handle_, busy_milliseconds);
  if (result != SQLITE_OK) {
    const std::string reason = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(result);
    sqlite3_close(handle_);
    handle_ = nullptr;
    fail("{}: cannot be opened as a database: {}", origin_, reason);
  }
  register_word_tokenizer(*this);
}

Database Database::create(const std::filesystem::path& path) {
  require(!std::filesystem::exists(path), "{}: a new database cannot be made here: the file exists", path.string());
  Database database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  database.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 8192; PRAGMA cache_size = -65536");
  return database;
}

Database Database::open_read_only(const std::filesystem::path& path) {
  Database database(path, SQLITE_OPEN_READONLY);
  require_database(database);
  database.execute("PRAGMA query_only = ON; PRAGMA mmap_size = 1073741824");
  return database;
}

Database Database::create_shared(const std::filesystem::path& path) {
  require(!std::filesystem::exists(path), "{}: a new database cannot be made here: the file exists", path.string());
  Database database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  database.execute("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536");
  return database;
}

Database Database::open_shared(const std::filesystem::path& path, Access access) {
  // Readers of a write-ahead log share its index with the writer and so have to open it for writing, too; where the directory may not be
  // written, SQLite takes what is there.
  const bool writable = ::access(path.parent_path().c_str(), W_OK) == 0 && ::access(path.c_str(), W_OK) == 0;
  require(writable || access == Access::read, "{}: cannot be changed: it or its directory is write-protected", path.string());
  Database database(path, writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  require_database(database);
  database.execute("PRAGMA mmap_size = 1073741824");
  database.execute(access == Access::read ? "PRAGMA query_only = ON" : "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536");
  return database;
}

Database::Database(Database&& other) noexcept : origin_(std::move(other.origin_)), handle_(std::exchange(other.handle_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(origin_, other.origin_);
  std::swap(handle_, other.handle_);
  return *this;
}

Database::~Database() { sqlite3_close(handle_); }

void Database::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail_here(sql.substr(0, 60));
}

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle_); }

void Database::fail_here(const std::string& what) const { fail("{}: {}: {}", origin_, sqlite3_errmsg(handle_), what); }

Statement::Statement(const Database& database, const std::string& sql) : database_(&database) {
  if (sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &handle_, nullptr) != SQLITE_OK) database.fail_here(sql.substr(0, 60));
}

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement& Statement::bind(int parameter, std::int64_t value) {
  if (sqlite3_bind_int64(handle_, parameter, value) != SQLITE_OK) database_->fail_here(sqlite3_sql(handle_));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  if (sqlite3_bind_text64(handle_, parameter, text.data() != nullptr ? text.data() : "", text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) !=
      SQLITE_OK) {
    database_->fail_here(sqlite3_sql(handle_));
  }
  return *this;
}

Statement& Statement::bind_real(int parameter, double value) {
  if (sqlite3_bind_double(handle_, parameter, value) != SQLITE_OK) database_->fail_here(sqlite3_sql(handle_));
  return *this;
}

Statement& Statement::bind_bytes(int parameter, std::span<const std::byte> bytes) {
  if (sqlite3_bind_blob64(handle_, parameter, bytes.empty() ? reinterpret_cast<const std::byte*>("") : bytes.data(), bytes.size(),
                          SQLITE_TRANSIENT) != SQLITE_OK) {
    database_->fail_here(sqlite3_sql(handle_));
  }
  return *this;
}

bool Statement::step() {
  const int result = sqlite3_step(handle_);
  if (result != SQLITE_ROW && result != SQLITE_DONE) database_->fail_here(sqlite3_sql(handle_));
  return result == SQLITE_ROW;
}

void Statement::run() {
  step();
  reset();
}

void Statement::reset() { sqlite3_reset(handle_); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return text == nullptr ? std::string_view() : std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column)));
}

std::span<const std::byte> Statement::bytes(int column) const {
  const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(handle_, column));
  return {bytes, bytes == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

}  // namespace fathom::index
