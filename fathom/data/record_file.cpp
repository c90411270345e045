#include "fathom/data/record_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "fathom/base/error.h"

namespace fathom::data {
namespace {

constexpr std::size_t gathered_bytes = 1 << 18;

void write_all(int descriptor, std::string_view bytes, std::int64_t offset, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t done = ::pwrite(descriptor, bytes.data(), bytes.size(), offset);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail("{}: cannot be written: {}", path.string(), std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(done));
    offset += done;
  }
}

}  // namespace

RecordFile::RecordFile(std::filesystem::path path, std::size_t record_bytes, Use use, std::int64_t count)
    : path_(std::move(path)), record_bytes_(record_bytes), count_(count), written_(count) {
  const int flags = use == Use::create ? O_RDWR | O_CREAT : use == Use::append ? O_RDWR : O_RDONLY;
  descriptor_ = ::open(path_.c_str(), flags | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("{}: cannot be {}: {}", path_.string(), use == Use::create ? "created" : "opened", std::strerror(errno));
  try {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) fail("{}: not a regular file", path_.string());
    if (use != Use::read && ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      fail("{}: another run is writing here; wait for its end, or choose another directory", path_.string());
    }
    const auto bytes_of_record = static_cast<std::int64_t>(record_bytes);
    require(count >= 0 && count <= std::numeric_limits<std::int64_t>::max() / bytes_of_record && status.st_size >= count * bytes_of_record,
            "{}: {} records of {} bytes are expected, but the file holds {} bytes; it was cut off or is not of this store", path_.string(),
            count, record_bytes, status.st_size);
    if (use == Use::create) drop_rest();
  } catch (...) {
    close();
    throw;
  }
}

RecordFile RecordFile::temporary(const std::filesystem::path& directory, std::size_t record_bytes) {
  std::string name = ((directory.empty() ? std::filesystem::temp_directory_path() : directory) / "fathom-XXXXXX").string();
  RecordFile file;
  file.descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file.descriptor_ < 0) fail("{}: no temporary file can be made: {}", name, std::strerror(errno));
  ::unlink(name.c_str());
  file.path_ = name;
  file.record_bytes_ = record_bytes;
  return file;
}

RecordFile::RecordFile(RecordFile&& other) noexcept { *this = std::move(other); }

RecordFile& RecordFile::operator=(RecordFile&& other) noexcept {
  if (this == &other) return *this;
  close();
  path_ = std::move(other.path_);
  record_bytes_ = other.record_bytes_;
  count_ = other.count_;
  written_ = other.written_;
  gathered_ = std::move(other.gathered_);
  descriptor_ = std::exchange(other.descriptor_, -1);
  return *this;
}

RecordFile::~RecordFile() { close(); }

void RecordFile::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void RecordFile::append(std::string_view records) {
  require(records.size() % record_bytes_ == 0, "{}: {} bytes are no whole records of {}", path_.string(), records.size(), record_bytes_);
  gathered_ += records;
  count_ += static_cast<std::int64_t>(records.size() / record_bytes_);
  if (gathered_.size() >= gathered_bytes) flush();
}

void RecordFile::read(std::int64_t first, std::int64_t count, char* out) const {
  require(first >= 0 && count >= 0 && count <= count_ && first <= count_ - count, "{}: records {} to {} are not there; it has {}",
          path_.string(), first, first + count, count_);
  const auto bytes_of_record = static_cast<std::int64_t>(record_bytes_);
  const std::int64_t from_file = std::clamp<std::int64_t>(written_ - first, 0, count);
  std::int64_t offset = first * bytes_of_record, left = from_file * bytes_of_record;
  while (left > 0) {
    const ssize_t got = ::pread(descriptor_, out, static_cast<std::size_t>(left), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("{}: cannot be read: {}", path_.string(), std::strerror(errno));
    if (got == 0) fail("{}: ends at byte {}, although more was there before; was it changed meanwhile?", path_.string(), offset);
    out += got;
    offset += got;
    left -= got;
  }
  if (from_file < count) {
    const auto begin = static_cast<std::size_t>((first + from_file - written_) * bytes_of_record);
    std::memcpy(out, gathered_.data() + begin, static_cast<std::size_t>((count - from_file) * bytes_of_record));
  }
}

void RecordFile::drop_rest() {
  if (::ftruncate(descriptor_, written_ * static_cast<std::int64_t>(record_bytes_)) != 0) {
    fail("{}: cannot be cut to {} records: {}", path_.string(), written_, std::strerror(errno));
  }
}

void RecordFile::flush() {
  write_all(descriptor_, gathered_, written_ * static_cast<std::int64_t>(record_bytes_), path_);
  written_ = count_;
  gathered_.clear();
}

void RecordFile::sync() {
  flush();
  if (::fdatasync(descriptor_) != 0) fail("{}: cannot be written to disk: {}", path_.string(), std::strerror(errno));
}

}  // namespace fathom::data
