// Counts words in a hash table whose memory is known and can be limited.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace fathom::text {

class WordTable {
 public:
  // `limit_bytes` is the memory to stay below; 0: none. A table takes about 64 KiB at least.
  explicit WordTable(std::size_t limit_bytes = 0);

  // Counts one occurrence. False when the word is new and there is no memory left for it: it is not counted then, and clear() makes
  // room. A table without words takes any.
  bool add(std::string_view word);

  std::size_t size() const { return count_; }
  std::size_t bytes() const { return slots_.size() * sizeof(Slot) + arena_bytes_; }

  // Puts the words in ascending order of their bytes, in place. After it only word(), count(), size() and clear() may be called.
  void sort();
  // Of the word at `index` in that order; short words are spelled into `room`.
  std::string_view word(std::size_t index, char (&room)[8]) const;
  std::int64_t count(std::size_t index) const { return slots_[index].count; }
  // Forgets all words; memory beyond the least is given back.
  void clear();

 private:
  // The first eight bytes are in the slot itself: most words are no longer, and two that differ mostly differ there.
  struct Slot {
    std::uint64_t head = 0;       // big-endian, so that numbers order as bytes do; shorter words end in zeros
    const char* bytes = nullptr;  // all of them, in the arena, when there are more than eight
    std::int64_t count = 0;       // 0: a free slot
    std::uint32_t length = 0, hash = 0;
  };
  static bool before(const Slot& a, const Slot& b);

  std::size_t free_slot(std::uint32_t hash) const;
  bool make_room(std::size_t length);
  std::size_t block_size(std::size_t length) const;
  const char* store(std::string_view word);

  std::size_t limit_bytes_;
  std::vector<Slot> slots_;
  std::size_t count_ = 0;
  std::vector<std::unique_ptr<char[]>> arena_;
  char* arena_next_ = nullptr;
  std::size_t arena_left_ = 0, arena_bytes_ = 0;
};

}  // namespace fathom::text
