// A file of records of one size that only grows. Private to the room: the files of stores are made of these.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace fathom::data {

class RecordFile {
 public:
  enum class Use { create, read, append };
  // create: an empty file, whatever was there. read, append: the first `count` records are what there is. create and append lock the
  // file against a second writer until it is closed. Throws Error: the system's reason, a file too short, a second writer.
  RecordFile(std::filesystem::path path, std::size_t record_bytes, Use use, std::int64_t count = 0);
  // A file without a name in `directory` (empty: the system's for temporary files), gone when it is closed.
  static RecordFile temporary(const std::filesystem::path& directory, std::size_t record_bytes);
  RecordFile(RecordFile&& other) noexcept;
  RecordFile& operator=(RecordFile&& other) noexcept;
  ~RecordFile();

  std::int64_t size() const { return count_; }  // records, those not yet written to the file included
  std::size_t record_bytes() const { return record_bytes_; }
  const std::filesystem::path& path() const { return path_; }

  void append(std::string_view records);  // one or more whole records
  // Copies records [first, first + count) to `out`. Throws Error when they are not there or cannot be read.
  void read(std::int64_t first, std::int64_t count, char* out) const;
  void drop_rest();  // what lies in the file behind the last record: an interrupted run's
  void flush();      // writes what append() has gathered
  void sync();       // and waits until it is on disk

 private:
  RecordFile() = default;
  void close();

  std::filesystem::path path_;
  std::size_t record_bytes_ = 1;
  std::int64_t count_ = 0, written_ = 0;  // records; those behind `written_` are in `gathered_`
  std::string gathered_;
  int descriptor_ = -1;
};

}  // namespace fathom::data
