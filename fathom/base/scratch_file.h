// Temporary files that have no name: whatever ends the program, nothing is left behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace fathom {

// A file to write once, from front to back, and to read at any place.
class ScratchFile {
 public:
  // In `directory`; empty: the system's directory for temporary files. Throws Error with the directory and the system's reason.
  explicit ScratchFile(const std::filesystem::path& directory);
  ~ScratchFile();
  ScratchFile(ScratchFile&& other) noexcept;
  ScratchFile& operator=(ScratchFile&& other) noexcept;

  // Throws Error with the directory and the system's reason (a full disk).
  void append(const void* data, std::size_t size);
  // Reserves the disk space of `size` bytes of zeros; throws Error when the disk has not got it.
  void resize(std::size_t size);
  // Up to `size` bytes at `offset`; fewer only at the end of the file.
  std::size_t read_at(std::uint64_t offset, char* buffer, std::size_t size) const;
  std::uint64_t size() const { return size_; }
  int descriptor() const { return descriptor_; }

 private:
  std::string directory_;  // for messages
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

// Bytes, zero at first, that need not fit into memory: with a directory they lie in a scratch file there, which the system reads and
// writes as memory allows.
class ScratchMemory {
 public:
  ScratchMemory() = default;
  static ScratchMemory in_memory(std::size_t size);
  static ScratchMemory in_file(std::size_t size, const std::filesystem::path& directory);
  ~ScratchMemory();
  ScratchMemory(ScratchMemory&& other) noexcept;
  ScratchMemory& operator=(ScratchMemory&& other) noexcept;

  void* data() const { return data_; }

 private:
  ScratchMemory(std::size_t size, int descriptor);
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace fathom
