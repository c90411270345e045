#include "fathom/data/name_file.h"

#include "fathom/base/error.h"
#include "fathom/data/little_endian.h"

namespace fathom::data {
namespace {

std::int64_t last_end(const RecordFile& ends) {
  if (ends.size() == 0) return 0;
  char bytes[8];
  ends.read(ends.size() - 1, 1, bytes);
  return static_cast<std::int64_t>(load_u64(bytes));
}

}  // namespace

NameFile::NameFile(const std::filesystem::path& directory, RecordFile::Use use, std::int64_t count)
    : ends_(directory / "name_ends.bin", 8, use, count), characters_(directory / "names.bin", 1, use, last_end(ends_)) {}

std::int64_t NameFile::end_of(std::int64_t number) const {
  if (number < 0) return 0;
  char bytes[8];
  ends_.read(number, 1, bytes);
  return static_cast<std::int64_t>(load_u64(bytes));
}

void NameFile::append(std::string_view name) {
  characters_.append(name);
  char end[8];
  store_u64(end, static_cast<std::uint64_t>(characters_.size()));
  ends_.append({end, sizeof end});
}

std::string NameFile::get(std::int64_t number) const {
  const std::int64_t begin = end_of(number - 1), end = end_of(number);
  require(begin >= 0 && begin <= end && end - begin <= longest && end <= characters_.size(),
          "{}: the end of name {} is no position in the names; the store is damaged", ends_.path().string(), number);
  std::string name(static_cast<std::size_t>(end - begin), '\0');
  characters_.read(begin, end - begin, name.data());
  return name;
}

void NameFile::drop_rest() {
  characters_.drop_rest();
  ends_.drop_rest();
}

void NameFile::sync() {
  characters_.sync();
  ends_.sync();
}

}  // namespace fathom::data
