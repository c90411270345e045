#include "fathom/data/prepare/run_directory.h"

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
#include "fathom/data/corpus_manifest.h"

namespace fathom::data {
namespace {

namespace fs = std::filesystem;

// What the process that holds the lock wrote into it.
std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size() - 1, 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "unknown";
}

}  // namespace

RunDirectory::RunDirectory(const fs::path& out, bool resume) : out_(out) {
  created_ = !fs::exists(out_);
  // Another process may finish, and remove what we lock, between our look and our lock: then look again.
  while (true) {
    const bool manifest = fs::exists(out_ / manifest_name), at_work = fs::is_directory(work());
    require(created_ || fs::is_directory(out_), "cannot write the corpus {}: a file has that name; choose a directory", out_.string());
    if (manifest && !resume) fail_usage("{} holds a prepared corpus already; choose another directory, or remove it first", out_.string());
    complete_ = manifest;
    if (manifest && !at_work) return;
    if (!manifest && !at_work && fs::exists(out_) && !fs::is_empty(out_)) {
      fail_usage("{} is not empty and holds no unfinished run; choose another directory", out_.string());
    }
    std::error_code error;
    fs::create_directories(work(), error);
    require(!error, "cannot create {}: {}", work().string(), error.message());
    if (lock()) break;
  }
  if (!complete_ && !resume && fs::exists(journal()) && fs::file_size(journal()) > 0) {
    fail_usage("{} holds an interrupted run; add --resume to go on with it, or remove the directory", out_.string());
  }
}

bool RunDirectory::lock() {
  const fs::path path = work() / "lock";
  lock_.descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_.descriptor < 0 && errno == ENOENT) return false;
  if (lock_.descriptor < 0) fail("cannot write {}: {}", path.string(), std::strerror(errno));
  if (::flock(lock_.descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    const std::string process = holder(lock_.descriptor);
    lock_.close();
    if (reason != EWOULDBLOCK) fail("cannot lock {}: {}", path.string(), std::strerror(reason));
    fail("{} is being written by another run (process {}); wait for it, or choose another directory", out_.string(), process);
  }
  struct stat locked{}, named{};
  const bool same = ::fstat(lock_.descriptor, &locked) == 0 && ::stat(path.c_str(), &named) == 0 && locked.st_ino == named.st_ino;
  const std::string process = std::to_string(::getpid());
  if (!same || ::ftruncate(lock_.descriptor, 0) != 0 || ::pwrite(lock_.descriptor, process.data(), process.size(), 0) < 0) {
    lock_.close();
    if (same) fail("cannot write {}: {}", path.string(), std::strerror(errno));
    return false;
  }
  return true;
}

void RunDirectory::LockFile::close() {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

void RunDirectory::finish() {
  std::error_code error;
  fs::remove_all(work(), error);
  require(!error, "{} is complete, but {} cannot be removed: {}", out_.string(), work().string(), error.message());
}

void RunDirectory::discard() {
  std::error_code ignored;
  if (created_) {
    fs::remove_all(out_, ignored);
    return;
  }
  for (const auto& entry : fs::directory_iterator(out_, ignored)) fs::remove_all(entry.path(), ignored);
}

}  // namespace fathom::data
