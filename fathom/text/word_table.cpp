#include "fathom/text/word_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

constexpr std::size_t first_slots = 1 << 10, first_block = 1 << 14, largest_block = 1 << 20;
constexpr std::size_t head_bytes = 8;

static_assert(std::endian::native == std::endian::little, "heads are read as little-endian numbers");

template <typename Number>
Number load(const char* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

// The first eight bytes as a little-endian number, absent ones zero; never reads beyond the word.
std::uint64_t load_head(std::string_view word) {
  const char* bytes = word.data();
  const std::size_t size = word.size();
  if (size >= 8) return load<std::uint64_t>(bytes);
  if (size >= 4) {
    const std::uint64_t low = load<std::uint32_t>(bytes), high = load<std::uint32_t>(bytes + size - 4);
    return low | high << (8 * (size - 4));
  }
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < size; ++i) head |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return head;
}

__extension__ typedef unsigned __int128 Product;

// Both halves of the product: every bit of both factors has a say in the result.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const Product product = static_cast<Product>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint32_t hash_of(std::string_view word, std::uint64_t head) {
  constexpr std::uint64_t first = 0x9E3779B97F4A7C15ull, second = 0xD1B54A32D192ED03ull;
  std::uint64_t hash = mix(head ^ first, word.size() ^ second);
  if (word.size() > head_bytes) {
    const std::size_t last = word.size() - 8;
    for (std::size_t i = head_bytes; i < last; i += 8) hash = mix(hash ^ load<std::uint64_t>(word.data() + i), second);
    hash = mix(hash ^ load<std::uint64_t>(word.data() + last), first);
  }
  return static_cast<std::uint32_t>(hash);
}

}  // namespace

WordTable::WordTable(std::size_t limit_bytes) : limit_bytes_(limit_bytes), slots_(first_slots) {}

bool WordTable::add(std::string_view word) {
  require(word.size() <= 0xFFFFFFFFu, "a word of {} bytes is too long to train on; 4 GiB are possible", word.size());
  const std::uint64_t little = load_head(word), head = __builtin_bswap64(little);
  const std::uint32_t hash = hash_of(word, little);
  const std::size_t mask = slots_.size() - 1;
  std::size_t index = hash & mask;
  for (; slots_[index].count != 0; index = (index + 1) & mask) {
    Slot& slot = slots_[index];
    if (slot.head != head || slot.hash != hash || slot.length != word.size()) continue;
    if (word.size() > head_bytes && std::memcmp(slot.bytes + head_bytes, word.data() + head_bytes, word.size() - head_bytes) != 0) continue;
    ++slot.count;
    return true;
  }
  if (!make_room(word.size())) return false;
  Slot& slot = slots_[free_slot(hash)];
  slot = {head, store(word), 1, static_cast<std::uint32_t>(word.size()), hash};
  ++count_;
  return true;
}

std::size_t WordTable::free_slot(std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t index = hash & mask;
  while (slots_[index].count != 0) index = (index + 1) & mask;
  return index;
}

// Room for one more word of `length` bytes: slots stay at most two thirds full. False when the limit forbids it.
bool WordTable::make_room(std::size_t length) {
  const bool slots_needed = 3 * (count_ + 1) > 2 * slots_.size(), arena_needed = length > head_bytes && length > arena_left_;
  if (!slots_needed && !arena_needed) return true;
  // While slots are moved, the old and the new ones are both there.
  const std::size_t wanted = (slots_needed ? 2 * slots_.size() * sizeof(Slot) : 0) + (arena_needed ? block_size(length) : 0);
  if (limit_bytes_ > 0 && count_ > 0 && bytes() + wanted > limit_bytes_) return false;
  if (slots_needed) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.count != 0) slots_[free_slot(slot.hash)] = slot;
  }
  return true;
}

// Of the arena's next block, which must hold `length` bytes.
std::size_t WordTable::block_size(std::size_t length) const {
  return std::max(length, std::clamp(arena_bytes_ / 4, first_block, largest_block));
}

const char* WordTable::store(std::string_view word) {
  if (word.size() <= head_bytes) return nullptr;
  if (word.size() > arena_left_) {
    const std::size_t size = block_size(word.size());
    arena_.push_back(std::make_unique_for_overwrite<char[]>(size));
    arena_next_ = arena_.back().get();
    arena_left_ = size;
    arena_bytes_ += size;
  }
  char* bytes = arena_next_;
  std::memcpy(bytes, word.data(), word.size());
  arena_next_ += word.size();
  arena_left_ -= word.size();
  return bytes;
}

// Equal heads: a word of at most eight bytes is the beginning of the other one, or both are longer.
bool WordTable::before(const Slot& a, const Slot& b) {
  if (a.head != b.head) return a.head < b.head;
  if (a.length <= head_bytes || b.length <= head_bytes) return a.length < b.length;
  return std::string_view(a.bytes + head_bytes, a.length - head_bytes) < std::string_view(b.bytes + head_bytes, b.length - head_bytes);
}

void WordTable::sort() {
  std::size_t kept = 0;
  for (const Slot& slot : slots_)
    if (slot.count != 0) slots_[kept++] = slot;
  std::sort(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(kept), before);
}

std::string_view WordTable::word(std::size_t index, char (&room)[8]) const {
  const Slot& slot = slots_[index];
  if (slot.length > head_bytes) return {slot.bytes, slot.length};
  const std::uint64_t little = __builtin_bswap64(slot.head);
  std::memcpy(room, &little, sizeof room);
  return {room, slot.length};
}

void WordTable::clear() {
  std::vector<Slot>(first_slots).swap(slots_);
  count_ = 0;
  arena_.clear();
  arena_next_ = nullptr;
  arena_left_ = arena_bytes_ = 0;
}

}  // namespace fathom::text
