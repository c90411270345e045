// One writer an index: a lock on a file of the directory that the system releases when the process ends, however it ends.
#pragma once

#include <filesystem>

namespace fathom::index {

class WriterLock {
 public:
  // Throws Error naming the process that holds the lock.
  explicit WriterLock(const std::filesystem::path& directory);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace fathom::index
