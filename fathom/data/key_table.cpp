#include "fathom/data/key_table.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "fathom/base/error.h"

namespace fathom::data {
namespace {

constexpr std::uint32_t no_document = 0xffffffff;
constexpr std::size_t first_slots = 4096;
constexpr std::int64_t block_entries = 341;   // 4 KiB
constexpr std::int64_t merge_entries = 5461;  // 64 KiB of each file that is merged
constexpr std::size_t merged_runs = 8;

// The slot where a key would be: its place among all keys, scaled. Keeps the order of keys.
std::size_t home_of(std::uint64_t key, std::size_t slots) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>(static_cast<Wide>(key) * slots >> 64);
}

}  // namespace

KeyTable::KeyTable(std::int64_t memory_bytes, std::filesystem::path scratch_directory)
    : scratch_directory_(std::move(scratch_directory)),
      most_slots_(static_cast<std::size_t>(std::max<std::int64_t>(memory_bytes, 1 << 16)) / sizeof(Entry)) {}

void KeyTable::place(const Entry& entry) {
  std::size_t slot = home_of(entry.key(), slots_.size());
  while (slots_[slot].document != no_document) slot = slot + 1 == slots_.size() ? 0 : slot + 1;
  slots_[slot] = entry;
}

// Grows by half or doubles, so that the old and the new table together stay within the limit; else spills.
void KeyTable::make_room() {
  const std::size_t old_slots = slots_.size();
  const std::size_t possible = old_slots == 0 ? std::min(first_slots, most_slots_) : std::min(2 * old_slots, most_slots_ - old_slots);
  if (possible < old_slots + old_slots / 4) {
    spill();
    return;
  }
  const std::vector<Entry> old = std::exchange(slots_, std::vector<Entry>(possible, Entry{{0, 0}, no_document}));
  for (const Entry& entry : old) {
    if (entry.document != no_document) place(entry);
  }
}

void KeyTable::insert(std::uint64_t key, std::uint32_t document) {
  require(document != no_document, "a run can compare at most {} documents", no_document);
  if (used_ >= slots_.size() / 10 * 7) make_room();
  place({{static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key)}, document});
  ++used_;
  ++size_;
}

std::size_t KeyTable::find(std::uint64_t key, std::vector<std::uint32_t>& documents) {
  const std::size_t before = documents.size();
  if (!slots_.empty()) {
    for (std::size_t slot = home_of(key, slots_.size()); slots_[slot].document != no_document;
         slot = slot + 1 == slots_.size() ? 0 : slot + 1) {
      if (slots_[slot].key() == key) documents.push_back(slots_[slot].document);
    }
  }
  for (Run& run : runs_) {
    for (std::int64_t i = lower_bound(run, key); i < run.file.size(); ++i) {
      if (i < run.block_begin || i >= run.block_begin + static_cast<std::int64_t>(run.block.size())) load(run, i, i + block_entries);
      const Entry& entry = run.block[static_cast<std::size_t>(i - run.block_begin)];
      if (entry.key() != key) break;
      documents.push_back(entry.document);
    }
  }
  return documents.size() - before;
}

void KeyTable::load(Run& run, std::int64_t first, std::int64_t end) {
  end = std::min(end, run.file.size());
  run.block.resize(static_cast<std::size_t>(end - first));
  run.block_begin = first;
  run.file.read(first, end - first, reinterpret_cast<char*>(run.block.data()));
}

// The first entry whose key is not less.
std::int64_t KeyTable::lower_bound(Run& run, std::uint64_t key) {
  const auto less = [](const Entry& entry, std::uint64_t k) { return entry.key() < k; };
  std::int64_t low = 0, high = run.file.size();  // it is in [low, high]
  double low_key = 0.0, high_key = 0x1p64;
  for (int step = 0; low < high; ++step) {
    // Guessing takes few steps for keys that are evenly spread; halving between guesses bounds them for all others.
    const double share = step % 2 == 0 && high_key > low_key ? (static_cast<double>(key) - low_key) / (high_key - low_key) : 0.5;
    const auto guess = low + static_cast<std::int64_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(high - low));
    const std::int64_t begin = std::clamp(guess - block_entries / 2, low, std::max(low, high - block_entries));
    load(run, begin, std::min(begin + block_entries, high));
    const std::int64_t end = begin + static_cast<std::int64_t>(run.block.size());
    if (less(run.block.back(), key)) {
      low = end;
      low_key = static_cast<double>(run.block.back().key());
    } else if (begin > low && !less(run.block.front(), key)) {
      high = begin;
      high_key = static_cast<double>(run.block.front().key());
    } else {
      return begin + (std::lower_bound(run.block.begin(), run.block.end(), key, less) - run.block.begin());
    }
  }
  return low;
}

void KeyTable::spill() {
  const auto end = std::remove_if(slots_.begin(), slots_.end(), [](const Entry& entry) { return entry.document == no_document; });
  std::sort(slots_.begin(), end,
            [](const Entry& a, const Entry& b) { return std::pair(a.key(), a.document) < std::pair(b.key(), b.document); });
  Run run{RecordFile::temporary(scratch_directory_, sizeof(Entry)), 0, {}, 0};
  for (auto i = slots_.begin(); i != end; i += std::min<std::ptrdiff_t>(merge_entries, end - i)) {
    const auto count = static_cast<std::size_t>(std::min<std::ptrdiff_t>(merge_entries, end - i));
    run.file.append({reinterpret_cast<const char*>(&*i), count * sizeof(Entry)});
  }
  run.file.flush();
  runs_.push_back(std::move(run));
  std::fill(slots_.begin(), slots_.end(), Entry{{0, 0}, no_document});
  used_ = 0;
  while (runs_.size() >= merged_runs && runs_[runs_.size() - merged_runs].level == runs_.back().level) merge_last(merged_runs);
}

void KeyTable::merge_last(std::size_t count) {
  const std::size_t first = runs_.size() - count;
  Run merged{RecordFile::temporary(scratch_directory_, sizeof(Entry)), runs_.back().level + 1, {}, 0};
  std::vector<std::int64_t> positions(count, 0);
  using Head = std::pair<std::pair<std::uint64_t, std::uint32_t>, std::size_t>;  // key and document, which run
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
  const auto advance = [&](std::size_t i) {
    Run& run = runs_[first + i];
    const std::int64_t position = positions[i]++;
    if (position >= run.file.size()) return;
    if (position == 0 || position >= run.block_begin + static_cast<std::int64_t>(run.block.size()))
      load(run, position, position + merge_entries);
    const Entry& entry = run.block[static_cast<std::size_t>(position - run.block_begin)];
    heads.push({{entry.key(), entry.document}, i});
  };
  for (std::size_t i = 0; i < count; ++i) advance(i);
  while (!heads.empty()) {
    const auto [item, i] = heads.top();
    heads.pop();
    const Entry entry{{static_cast<std::uint32_t>(item.first >> 32), static_cast<std::uint32_t>(item.first)}, item.second};
    merged.file.append({reinterpret_cast<const char*>(&entry), sizeof entry});
    advance(i);
  }
  merged.file.flush();
  runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(first), runs_.end());
  runs_.push_back(std::move(merged));
}

}  // namespace fathom::data
