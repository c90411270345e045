#include "fathom/base/output_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "fathom/base/error.h"

namespace fathom {
namespace {

// What the process that holds the lock wrote into it.
std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size() - 1, 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "unknown";
}

}  // namespace

FileLock::FileLock(std::filesystem::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}

FileLock::FileLock(FileLock&& other) noexcept : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  // Only its own file: the directory may have been removed and another process be at work under the same name.
  if (names_the_file()) ::unlink(file_.c_str());
  ::close(descriptor_);
}

bool FileLock::names_the_file() const {
  struct stat locked{}, named{};
  return ::fstat(descriptor_, &locked) == 0 && ::stat(file_.c_str(), &named) == 0 && locked.st_dev == named.st_dev &&
         locked.st_ino == named.st_ino;
}

std::optional<FileLock> FileLock::take(const std::filesystem::path& file, const std::filesystem::path& output) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0 && errno == ENOENT) return std::nullopt;
  if (descriptor < 0) fail("cannot write {}: {}", file.string(), std::strerror(errno));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    const std::string process = holder(descriptor);
    ::close(descriptor);
    if (reason != EWOULDBLOCK) fail("cannot lock {}: {}", file.string(), std::strerror(reason));
    fail("{} is being written by another run (process {}); wait for it, or choose another directory", output.string(), process);
  }
  FileLock lock(file, descriptor);
  if (!lock.names_the_file()) return std::nullopt;
  const std::string process = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, process.data(), process.size(), 0) < 0)
    fail("cannot write {}: {}", file.string(), std::strerror(errno));
  return lock;
}

FileLock lock_output(const std::filesystem::path& output) {
  // "runs/model/" and "runs/model" are the same directory.
  std::filesystem::path target = std::filesystem::absolute(output).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  while (true) {
    std::error_code error;
    std::filesystem::create_directories(target.parent_path(), error);
    if (error) fail("cannot create the directory {}: {}", target.parent_path().string(), error.message());
    if (auto lock = FileLock::take(target.parent_path() / fmt::format(".{}.lock", target.filename().string()), output))
      return std::move(*lock);
  }
}

}  // namespace fathom
