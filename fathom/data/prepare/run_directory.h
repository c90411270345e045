// The output directory of a run: who may write there, and how far an earlier run came. Private to the room.
#pragma once

#include <filesystem>
#include <optional>

#include "fathom/base/output_lock.h"

namespace fathom::data {

class RunDirectory {
 public:
  // Creates OUT/.work and locks it for this process (flock: the lock ends with the process, however that ends). Throws
  //   UsageError  OUT is complete or half-finished and `resume` is false, or holds something else;
  //   Error       another process is at work there (its number is named), or the directory cannot be created.
  RunDirectory(const std::filesystem::path& out, bool resume);
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  // A manifest is there: only finish() is left to do.
  bool complete() const { return complete_; }
  const std::filesystem::path& out() const { return out_; }
  std::filesystem::path work() const { return out_ / ".work"; }
  std::filesystem::path journal() const { return work() / "journal.jsonl"; }
  // Removes OUT/.work: what is in OUT is the result.
  void finish();
  // Removes what the run has written, and OUT if the run created it.
  void discard();

 private:
  std::filesystem::path out_;
  std::optional<FileLock> lock_;
  bool complete_ = false, created_ = false;
};

}  // namespace fathom::data
