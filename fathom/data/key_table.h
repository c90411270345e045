// Which documents have a 64-bit key: a hash table of many documents a key that needs no more memory than it is given.
//
// Open addressing in 12 bytes an entry. When growing would exceed the limit, the entries are sorted and written to a file, and the table
// begins anew; eight files of a size are merged into one. A key is looked up in the table and in every file, where its place is guessed
// from its value (keys are hashes, so evenly spread): two or three reads of 4 KiB. Private to the room.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "fathom/data/record_file.h"

namespace fathom::data {

class KeyTable {
 public:
  // memory_bytes: of the table; at least 64 KiB. While files are merged, 600 KiB are needed beside it.
  KeyTable(std::int64_t memory_bytes, std::filesystem::path scratch_directory);

  // document < 2³² − 1.
  void insert(std::uint64_t key, std::uint32_t document);
  // Appends the documents inserted under the key, in no particular order; returns how many.
  std::size_t find(std::uint64_t key, std::vector<std::uint32_t>& documents);

  std::int64_t size() const { return size_; }                                                       // entries
  std::int64_t memory() const { return static_cast<std::int64_t>(slots_.size() * sizeof(Entry)); }  // bytes of the table
  std::size_t files() const { return runs_.size(); }

 private:
  struct Entry {
    std::array<std::uint32_t, 2> key_halves;  // high, low: 12 bytes, not 16
    std::uint32_t document;
    std::uint64_t key() const { return std::uint64_t{key_halves[0]} << 32 | key_halves[1]; }
  };
  static_assert(sizeof(Entry) == 12);
  struct Run {  // a file sorted by key
    RecordFile file;
    int level;
    std::vector<Entry> block;  // entries [block_begin, …) that were read last
    std::int64_t block_begin = 0;
  };

  void place(const Entry& entry);
  void make_room();
  void spill();
  void merge_last(std::size_t count);
  static void load(Run& run, std::int64_t first, std::int64_t end);
  static std::int64_t lower_bound(Run& run, std::uint64_t key);

  std::filesystem::path scratch_directory_;
  std::size_t most_slots_, used_ = 0;
  std::int64_t size_ = 0;
  std::vector<Entry> slots_;
  std::vector<Run> runs_;  // levels fall from front to back
};

}  // namespace fathom::data
