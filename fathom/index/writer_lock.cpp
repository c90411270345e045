#include "fathom/index/writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "fathom/base/error.h"

namespace fathom::index {

WriterLock::WriterLock(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "writer.lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  require(descriptor_ >= 0, "{}: cannot be opened for writing: {}", path.string(), std::strerror(errno));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
    // For the message of whoever comes second; a failure to write it harms nothing.
    const std::string process = std::to_string(::getpid());
    [[maybe_unused]] const bool noted = ::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, process.data(), process.size(), 0) > 0;
    return;
  }
  const int error = errno;
  std::array<char, 24> process{};
  const ssize_t read = ::pread(descriptor_, process.data(), process.size() - 1, 0);
  ::close(descriptor_);
  require(error == EWOULDBLOCK, "{}: cannot be locked: {}", path.string(), std::strerror(error));
  throw IndexBusy(fmt::format("{}: another writer is changing this index (process {}); wait until it has finished", directory.string(),
                              read > 0 ? process.data() : "unknown"));
}

WriterLock::~WriterLock() { ::close(descriptor_); }

}  // namespace fathom::index
