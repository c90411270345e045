// One writer an index: a lock on a file of the directory that the system releases when the process ends, however it ends.
#pragma once

#include <filesystem>

#include "fathom/base/error.h"

namespace fathom::index {

class IndexBusy : public Error {
 public:
  using Error::Error;
};

class WriterLock {
 public:
  // Throws IndexBusy naming the process that holds the lock, Error when there can be none.
  explicit WriterLock(const std::filesystem::path& directory);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace fathom::index
