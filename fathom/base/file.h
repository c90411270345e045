// Reading files (plain, gzip, xz, zstd) and writing them so that a reader never sees half a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fathom {

// The whole file as bytes, decompressed if its first bytes are those of gzip, xz or zstd.
// Throws Error with path and reason (missing, a directory, unreadable, truncated or damaged compressed data).
std::string read_file(const std::filesystem::path& path);

// A stream of decompressed bytes in bounded memory. The compression is recognised by content, not by name.
class ByteReader {
 public:
  virtual ~ByteReader() = default;
  // Fills up to `capacity` bytes; returns how many, 0 at the end. Throws Error on damaged data.
  virtual std::size_t read(char* buffer, std::size_t capacity) = 0;
};
std::unique_ptr<ByteReader> open_reader(const std::filesystem::path& path);

// Lines of a possibly compressed file, without their line end ("\n" or "\r\n").
class LineReader {
 public:
  explicit LineReader(const std::filesystem::path& path);
  ~LineReader();
  // The next line, or nullopt at the end. The view is valid until the next call.
  std::optional<std::string_view> next();
  // 1-based number of the line that next() returned last; for messages as "file:line".
  std::int64_t line_number() const;
  // "path:line" of the line returned last.
  std::string position() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Writes to a temporary name beside `path`; commit() flushes to disk and renames. Without commit nothing remains.
// Every failed write (a full disk) throws Error with the path and the system's reason. A device or pipe (/dev/null) is
// written in place. Small writes are gathered in memory.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  void write(const void* data, std::size_t size);
  void commit();

 private:
  void flush();
  std::filesystem::path path_;
  std::filesystem::path temporary_;  // empty when `path_` is written in place, and after commit()
  std::string buffer_;
  int descriptor_ = -1;
};

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

// Whether a directory may be replaced by a new result of its kind: it does not exist, is empty, or holds nothing but entries whose names
// fit one of `own` (with * and ?). Throws UsageError naming an entry that would be lost. For names that a person gives for an output.
void require_replaceable(const std::filesystem::path& directory, std::initializer_list<const char*> own);

// A directory that appears under its name complete or not at all: fill path(), then commit().
// commit() replaces an earlier directory of that name (the old one is removed only after the new one is in place).
// Parent directories are created. Throws Error when a file has the name, or the current directory is inside the target.
class AtomicDirectory {
 public:
  explicit AtomicDirectory(const std::filesystem::path& target);
  ~AtomicDirectory();
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;

  const std::filesystem::path& path() const { return temporary_; }
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

}  // namespace fathom
