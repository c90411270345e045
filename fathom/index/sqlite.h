// SQLite with errors that name the file, and statements that clean up after themselves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace fathom::index {

// One connection, for one thread at a time. Knows fathom's word tokenizer (word_tokenizer.h).
class Database {
 public:
  // A new file; it must not exist. Nothing is synchronised to disk before the file is complete: make it under a temporary name.
  static Database create(const std::filesystem::path& path);
  // An existing file, for reading. Throws Error: missing, no SQLite database, or damaged so that nothing can be read.
  static Database open_read_only(const std::filesystem::path& path);

  // A database that one connection may change while others read it (write-ahead log). A commit is on disk when it returns. Connections
  // wait up to ten seconds for each other. Throws Error as open_read_only(). While a connection is open, this process must not open the
  // file by other means, not even to read it: closing it again would take the connection's locks away.
  enum class Access { read, write };
  static Database create_shared(const std::filesystem::path& path);  // a new file; it must not exist
  static Database open_shared(const std::filesystem::path& path, Access access);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Statements without results. Throws Error with the path and SQLite's reason.
  void execute(const std::string& sql);
  std::int64_t last_row() const;  // the rowid of the row inserted last
  const std::string& origin() const { return origin_; }
  sqlite3* handle() const { return handle_; }
  [[noreturn]] void fail_here(const std::string& what) const;

 private:
  Database(const std::filesystem::path& path, int flags);
  std::string origin_;
  sqlite3* handle_ = nullptr;
};

class Statement {
 public:
  Statement(const Database& database, const std::string& sql);
  Statement(Statement&& other) noexcept : database_(other.database_), handle_(other.handle_) { other.handle_ = nullptr; }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Parameters count from 1. Text and bytes are copied.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_real(int parameter, double value);
  Statement& bind_bytes(int parameter, std::span<const std::byte> bytes);

  // Moves to the next row; false behind the last. Throws Error with SQLite's reason (a damaged file, a full disk).
  bool step();
  // Runs a statement that gives no rows and makes it ready for the next values.
  void run();
  void reset();

  // Columns of the row, from 0; views are valid until the next step().
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  std::span<const std::byte> bytes(int column) const;

 private:
  const Database* database_;
  sqlite3_stmt* handle_ = nullptr;
};

}  // namespace fathom::index
