// The writing half of fathom/base/file.h.
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

// A hidden name beside `target` that no other writer has: process id and a count within the process.
std::filesystem::path temporary_beside(const std::filesystem::path& target) {
  static std::atomic<unsigned> count{0};
  return target.parent_path() / fmt::format(".{}.tmp-{}-{}", target.filename().string(), ::getpid(), count++);
}

void write_all(int descriptor, const char* data, std::size_t size, const std::filesystem::path& path) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("cannot write {}: {}", path.string(), std::strerror(errno));
    }
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

// Flushes a file or a directory to the disk. Devices and some file systems have nothing to flush and say EINVAL.
void sync_path(const std::filesystem::path& path, const std::filesystem::path& name_for_messages) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail("cannot open {}: {}", name_for_messages.string(), std::strerror(errno));
  const int status = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  if (status != 0 && error != EINVAL) fail("cannot write {} to disk: {}", name_for_messages.string(), std::strerror(error));
}

std::filesystem::path parent_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path_, ignored);
  if (std::filesystem::is_directory(status)) fail("cannot write {}: a directory has that name", path_.string());
  // A device or a pipe cannot be replaced by a rename (and /dev/null must not be): it is written in place.
  const bool in_place = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
  if (in_place) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    temporary_ = temporary_beside(path_);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  }
  if (descriptor_ < 0) {
    const int error = errno;
    temporary_.clear();
    if (error == ENOENT) fail("cannot write {}: the directory {} does not exist", path_.string(), parent_of(path_).string());
    fail("cannot write {}: {}", path_.string(), std::strerror(error));
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  require(descriptor_ >= 0, "cannot write {}: it was committed already", path_.string());
  if (buffer_.size() + bytes.size() <= kBufferBytes) {
    buffer_.append(bytes);
    return;
  }
  flush();
  if (bytes.size() < kBufferBytes) {
    buffer_.append(bytes);
  } else {
    write_all(descriptor_, bytes.data(), bytes.size(), path_);
  }
}

void AtomicFile::write(const void* data, std::size_t size) { write(std::string_view(static_cast<const char*>(data), size)); }

void AtomicFile::flush() {
  write_all(descriptor_, buffer_.data(), buffer_.size(), path_);
  buffer_.clear();
}

void AtomicFile::commit() {
  require(descriptor_ >= 0, "cannot commit {}: it was committed already", path_.string());
  flush();
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail("cannot write {} to disk: {}", path_.string(), std::strerror(errno));
  // Some file systems report a full disk only when the file is closed.
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("cannot write {}: {}", path_.string(), std::strerror(errno));
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot write {}: {}", path_.string(), std::strerror(errno));
  temporary_.clear();
  sync_path(parent_of(path_), path_);
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void require_replaceable(const std::filesystem::path& directory, std::initializer_list<const char*> own) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) return;  // AtomicDirectory says what is wrong with a file
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    const bool known = std::any_of(own.begin(), own.end(), [&](const char* pattern) { return ::fnmatch(pattern, name.c_str(), 0) == 0; });
    if (!known)
      fail_usage("refusing to replace {}: it holds '{}', which would be lost; choose a directory of its own for the output",
                 directory.string(), name);
  }
}

AtomicDirectory::AtomicDirectory(const std::filesystem::path& target) {
  // "runs/model/" and "runs/model" are the same directory; the name to rename to must not be empty.
  target_ = std::filesystem::absolute(target).lexically_normal();
  if (!target_.has_filename()) target_ = target_.parent_path();
  require(target_.has_filename(), "cannot write the directory {}: give it a name", target.string());
  std::error_code error;
  const auto status = std::filesystem::status(target_, error);
  require(!std::filesystem::exists(status) || std::filesystem::is_directory(status),
          "cannot write the directory {}: a file has that name; remove it or choose another name", target.string());
  // commit() removes what the directory held before: never the place the user is standing in or what contains it.
  if (std::filesystem::exists(status)) {
    const auto here = std::filesystem::weakly_canonical(std::filesystem::current_path(error), error);
    const auto there = std::filesystem::weakly_canonical(target_, error);
    const auto relative = here.lexically_relative(there);
    require(relative.empty() || *relative.begin() == "..",
            "refusing to replace {}: it is or contains the current directory; choose a directory of its own for the output",
            target.string());
  }
  std::filesystem::create_directories(target_.parent_path(), error);
  if (error) fail("cannot create the directory {}: {}", target_.parent_path().string(), error.message());
  temporary_ = temporary_beside(target_);
  std::filesystem::create_directory(temporary_, error);
  if (error) fail("cannot create the directory {}: {}", target_.string(), error.message());
}

AtomicDirectory::~AtomicDirectory() {
  if (committed_) return;
  std::error_code ignored;
  std::filesystem::remove_all(temporary_, ignored);
}

void AtomicDirectory::commit() {
  require(!committed_, "cannot commit {}: it was committed already", target_.string());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(temporary_)) {
    if (entry.is_symlink() || !(entry.is_regular_file() || entry.is_directory())) continue;
    sync_path(entry.path(), target_ / entry.path().lexically_relative(temporary_));
  }
  sync_path(temporary_, target_);
  std::filesystem::path old;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) fail("cannot write {}: {}", target_.string(), std::strerror(errno));
    // Something has the name: swap the two in one step where the file system can, else move the old one aside first.
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) == 0) {
      old = temporary_;
    } else {
      old = temporary_beside(target_);
      if (::rename(target_.c_str(), old.c_str()) != 0) fail("cannot replace {}: {}", target_.string(), std::strerror(errno));
      if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
        const int error = errno;
        ::rename(old.c_str(), target_.c_str());
        fail("cannot write {}: {}", target_.string(), std::strerror(error));
      }
    }
  }
  committed_ = true;
  sync_path(parent_of(target_), target_);
  if (!old.empty()) {
    std::error_code error;
    std::filesystem::remove_all(old, error);
    if (error) fail("{} is written, but its earlier version at {} cannot be removed: {}", target_.string(), old.string(), error.message());
  }
}

}  // namespace fathom
