// Keeps two processes from writing the same output.
#pragma once

#include <filesystem>
#include <optional>

namespace fathom {

// A locked file (flock): the lock ends with the object or with the process, however that ends. The file is removed with the lock; what a
// killed process leaves behind locks nothing.
class FileLock {
 public:
  // Creates and locks `file`. nullopt when its directory is gone or the file was replaced meanwhile, as an earlier holder does when it
  // ends: look again. Throws Error when another process holds it, with that process's number and `output`, the name that the person gave.
  static std::optional<FileLock> take(const std::filesystem::path& file, const std::filesystem::path& output);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  FileLock(std::filesystem::path file, int descriptor);
  bool names_the_file() const;
  std::filesystem::path file_;
  int descriptor_ = -1;
};

// Locks the output directory `output` for this process, by a hidden file beside it: the directory itself may be replaced as a whole.
// Missing parents are created. Throws Error when another run writes there.
[[nodiscard]] FileLock lock_output(const std::filesystem::path& output);

}  // namespace fathom
