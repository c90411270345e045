#include "fathom/data/occurrence_sort.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

namespace fathom::data {
namespace {

// One sorted file, read some entries at a time.
class RunReader {
 public:
  RunReader(const RecordFile& file, std::size_t entries) : file_(&file), most_(entries) { load(); }
  bool at_end() const { return position_ == block_.size(); }
  const GroupOccurrence& front() const { return block_[position_]; }
  void advance() {
    if (++position_ == block_.size()) load();
  }

 private:
  void load() {
    const std::int64_t count = std::min(static_cast<std::int64_t>(most_), file_->size() - next_);
    block_.resize(static_cast<std::size_t>(count));
    file_->read(next_, count, reinterpret_cast<char*>(block_.data()));
    next_ += count;
    position_ = 0;
  }

  const RecordFile* file_;
  std::size_t most_, position_ = 0;
  std::int64_t next_ = 0;
  std::vector<GroupOccurrence> block_;
};

}  // namespace

OccurrenceSort::OccurrenceSort(std::int64_t memory_bytes, std::filesystem::path scratch_directory)
    : scratch_directory_(std::move(scratch_directory)),
      most_(static_cast<std::size_t>(std::max<std::int64_t>(memory_bytes, 1 << 16)) / sizeof(GroupOccurrence)) {}

void OccurrenceSort::add(const GroupOccurrence& occurrence) {
  if (gathered_.size() == most_) spill();
  // Growing copies: never more than the limit, old and new together, until the last step.
  if (gathered_.size() == gathered_.capacity()) gathered_.reserve(std::min(most_, std::max<std::size_t>(1024, 2 * gathered_.size())));
  gathered_.push_back(occurrence);
}

void OccurrenceSort::spill() {
  std::sort(gathered_.begin(), gathered_.end());
  RecordFile run = RecordFile::temporary(scratch_directory_, sizeof(GroupOccurrence));
  run.append({reinterpret_cast<const char*>(gathered_.data()), gathered_.size() * sizeof(GroupOccurrence)});
  run.flush();
  runs_.push_back(std::move(run));
  gathered_.clear();
}

void OccurrenceSort::finish(const std::function<void(const GroupOccurrence&)>& visit) {
  if (runs_.empty()) {
    std::sort(gathered_.begin(), gathered_.end());
    for (const GroupOccurrence& occurrence : gathered_) visit(occurrence);
    return;
  }
  spill();
  gathered_ = {};
  std::vector<RunReader> readers;
  for (const RecordFile& run : runs_) readers.emplace_back(run, std::max<std::size_t>(64, most_ / runs_.size()));
  using Head = std::pair<GroupOccurrence, std::size_t>;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
  const auto push = [&](std::size_t i) {
    if (!readers[i].at_end()) heads.emplace(readers[i].front(), i);
  };
  for (std::size_t i = 0; i < readers.size(); ++i) push(i);
  while (!heads.empty()) {
    const auto [occurrence, i] = heads.top();
    heads.pop();
    visit(occurrence);
    readers[i].advance();
    push(i);
  }
}

}  // namespace fathom::data
