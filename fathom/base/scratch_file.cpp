#include "fathom/base/scratch_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "fathom/base/error.h"

namespace fathom {
namespace {

// Without O_TMPFILE (some network file systems) the name exists for a moment.
int open_nameless(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOSYS && errno != EINVAL)) return descriptor;
  std::string name = directory + "/.fathom-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

ScratchFile::ScratchFile(const std::filesystem::path& directory) {
  std::error_code error;
  directory_ = directory.empty() ? std::filesystem::temp_directory_path(error).string() : directory.string();
  if (error) fail("there is no directory for temporary files ({}); name one", error.message());
  descriptor_ = open_nameless(directory_);
  if (descriptor_ < 0) fail("cannot make a temporary file in {}: {}", directory_, std::strerror(errno));
}

ScratchFile::~ScratchFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ScratchFile::ScratchFile(ScratchFile&& other) noexcept
    : directory_(std::move(other.directory_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

ScratchFile& ScratchFile::operator=(ScratchFile&& other) noexcept {
  std::swap(directory_, other.directory_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

void ScratchFile::append(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = ::pwrite(descriptor_, bytes, size, static_cast<off_t>(size_));
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("cannot write a temporary file in {}: {}", directory_, std::strerror(errno));
    }
    bytes += written;
    size -= static_cast<std::size_t>(written);
    size_ += static_cast<std::uint64_t>(written);
  }
}

void ScratchFile::resize(std::size_t size) {
  if (size == 0) return;
  // A sparse file would not do: where memory is mapped from it, a full disk would end the program without a word.
  const int error = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(size));
  if (error != 0) fail("cannot reserve {} bytes for a temporary file in {}: {}", size, directory_, std::strerror(error));
  size_ = size;
}

std::size_t ScratchFile::read_at(std::uint64_t offset, char* buffer, std::size_t size) const {
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::pread(descriptor_, buffer + filled, size - filled, static_cast<off_t>(offset + filled));
    if (got == 0) break;
    if (got < 0) {
      if (errno == EINTR) continue;
      fail("cannot read a temporary file in {}: {}", directory_, std::strerror(errno));
    }
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

ScratchMemory::ScratchMemory(std::size_t size, int descriptor) : size_(size) {
  if (size == 0) return;
  // Memory that is reserved and never touched costs nothing.
  const int flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
  void* mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, descriptor, 0);
  if (mapped == MAP_FAILED) fail("cannot reserve {} bytes of memory: {}", size, std::strerror(errno));
  data_ = mapped;
}

ScratchMemory ScratchMemory::in_memory(std::size_t size) { return {size, -1}; }

ScratchMemory ScratchMemory::in_file(std::size_t size, const std::filesystem::path& directory) {
  ScratchFile file(directory);
  file.resize(size);
  return {size, file.descriptor()};  // the mapping keeps the file
}

ScratchMemory::~ScratchMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

ScratchMemory::ScratchMemory(ScratchMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

ScratchMemory& ScratchMemory::operator=(ScratchMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace fathom
