#include "fathom/data/prepare/run_directory.h"

#include <system_error>

#include "fathom/base/error.h"
#include "fathom/data/corpus_manifest.h"

namespace fathom::data {
namespace {

namespace fs = std::filesystem;

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
    lock_ = FileLock::take(work() / "lock", out_);
    if (lock_) break;
  }
  if (!complete_ && !resume && fs::exists(journal()) && fs::file_size(journal()) > 0) {
    fail_usage("{} holds an interrupted run; add --resume to go on with it, or remove the directory", out_.string());
  }
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
