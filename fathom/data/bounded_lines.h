// Lines of a possibly compressed file, none held in memory beyond a limit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "fathom/base/file.h"

namespace fathom::data {

class BoundedLines {
 public:
  BoundedLines(const std::filesystem::path& path, std::size_t max_bytes);

  // Moves to the next line; false at the end. Throws Error when the file cannot be read or is damaged.
  bool next();
  // Without its line end ("\n" or "\r\n") and without the file's byte-order mark; of a line that is too long, its beginning.
  // Valid until the next call.
  std::string_view line() const { return line_; }
  bool too_long() const { return too_long_; }
  std::int64_t number() const { return number_; }  // from 1
  std::int64_t offset() const { return offset_; }  // of the line's first byte in the decompressed file
  // The line and all that follows it as one text; the end is reached. When that is too long, too_long() and some beginning of it.
  std::string rest();

 private:
  bool fill();

  std::unique_ptr<ByteReader> reader_;
  std::size_t max_bytes_;
  std::string buffer_;  // bytes [begin_, buffer_.size()) are read and not yet returned
  std::size_t begin_ = 0;
  std::string_view line_;
  bool too_long_ = false, at_end_ = false;
  std::int64_t number_ = 0, offset_ = 0, next_offset_ = 0;
};

}  // namespace fathom::data
