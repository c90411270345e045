// Names (where documents stand) by number: two append-only files, the characters and where each name ends. Private to the room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "fathom/data/record_file.h"

namespace fathom::data {

class NameFile {
 public:
  // `names.bin` and `name_ends.bin` in the directory; as RecordFile. Throws Error also when the ends are no positions in the names.
  NameFile(const std::filesystem::path& directory, RecordFile::Use use, std::int64_t count = 0);
  std::int64_t size() const { return ends_.size(); }
  static constexpr std::int64_t longest = 1 << 16;  // bytes of a name; longer ones are the caller's to cut
  void append(std::string_view name);
  std::string get(std::int64_t number) const;
  void drop_rest();
  void sync();

 private:
  std::int64_t end_of(std::int64_t number) const;  // 0 for −1
  RecordFile ends_, characters_;
};

}  // namespace fathom::data
