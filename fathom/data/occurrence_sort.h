// Sorts occurrences of lines by group on disk, in pieces that fit the memory given. Private to the room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "fathom/data/record_file.h"

namespace fathom::data {

struct GroupOccurrence {
  std::uint64_t group = 0;
  std::uint64_t document = 0;  // counted over all runs
  std::uint32_t line = 0;
  auto operator<=>(const GroupOccurrence&) const = default;
};

class OccurrenceSort {
 public:
  OccurrenceSort(std::int64_t memory_bytes, std::filesystem::path scratch_directory);
  void add(const GroupOccurrence& occurrence);
  // All that were added, by group, then document, then line. Once.
  void finish(const std::function<void(const GroupOccurrence&)>& visit);
  std::size_t files() const { return runs_.size(); }

 private:
  void spill();

  std::filesystem::path scratch_directory_;
  std::size_t most_;
  std::vector<GroupOccurrence> gathered_;
  std::vector<RecordFile> runs_;
};

}  // namespace fathom::data
