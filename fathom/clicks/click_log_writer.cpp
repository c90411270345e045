#include "fathom/clicks/click_log_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "fathom/base/error.h"

namespace fathom::clicks {
namespace {

// Where the last whole line of a file of `size` bytes ends.
std::int64_t whole_lines(int descriptor, std::int64_t size, const std::filesystem::path& path) {
  std::array<char, 1 << 16> buffer;
  for (std::int64_t end = size; end > 0;) {
    const std::int64_t begin = std::max<std::int64_t>(0, end - static_cast<std::int64_t>(buffer.size()));
    const auto wanted = static_cast<std::size_t>(end - begin);
    const ssize_t got = ::pread(descriptor, buffer.data(), wanted, begin);
    require(got == static_cast<ssize_t>(wanted), "cannot read {}: {}", path.string(), got < 0 ? std::strerror(errno) : "it became shorter");
    const std::string_view block(buffer.data(), wanted);
    if (const std::size_t newline = block.rfind('\n'); newline != std::string_view::npos)
      return begin + static_cast<std::int64_t>(newline) + 1;
    end = begin;
  }
  return 0;
}

}  // namespace

ClickLogWriter::ClickLogWriter(std::filesystem::path path) : path_(std::move(path)) {
  // What people searched for is nobody else's business: the file is made readable for its owner only.
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  require(descriptor_ >= 0, "cannot write {}: {}", path_.string(), std::strerror(errno));
  try {
    require(::flock(descriptor_, LOCK_EX | LOCK_NB) == 0, "cannot write {}: another program is appending to it", path_.string());
    struct stat status{};
    require(::fstat(descriptor_, &status) == 0, "cannot read {}: {}", path_.string(), std::strerror(errno));
    require(S_ISREG(status.st_mode), "cannot append to {}: it is no regular file", path_.string());
    size_ = whole_lines(descriptor_, status.st_size, path_);
    removed_bytes_ = status.st_size - size_;
    require(removed_bytes_ == 0 || ::ftruncate(descriptor_, size_) == 0, "cannot write {}: {}", path_.string(), std::strerror(errno));
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

ClickLogWriter::~ClickLogWriter() { ::close(descriptor_); }

void ClickLogWriter::search(const SearchRecord& record, const std::string& id) { append(search_line(record, id)); }

void ClickLogWriter::click(const std::string& id, const std::vector<Click>& clicks) { append(click_line(id, clicks)); }

void ClickLogWriter::append(std::string line) {
  line += '\n';
  const std::lock_guard lock(mutex_);
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t step = ::write(descriptor_, line.data() + written, line.size() - written);
    if (step < 0 && errno == EINTR) continue;
    if (step < 0) {
      const int error = errno;
      // Half a line would swallow the next one.
      if (written > 0 && ::ftruncate(descriptor_, size_) != 0)
        fail("cannot write {}: {}; the line that was begun cannot be removed either", path_.string(), std::strerror(error));
      fail("cannot write {}: {}", path_.string(), std::strerror(error));
    }
    written += static_cast<std::size_t>(step);
  }
  size_ += static_cast<std::int64_t>(line.size());
}

void ClickLogWriter::sync() { require(::fdatasync(descriptor_) == 0, "cannot write {} to disk: {}", path_.string(), std::strerror(errno)); }

}  // namespace fathom::clicks
