// A hash table from pairs of token ids to values: open addressing, because looking up pairs is what merging mostly does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::text {

using PairKey = std::uint64_t;

inline PairKey pair_key(TokenId left, TokenId right) {
  return (static_cast<PairKey>(static_cast<std::uint32_t>(left)) << 32) | static_cast<std::uint32_t>(right);
}
inline TokenId left_of(PairKey key) { return static_cast<TokenId>(key >> 32); }
inline TokenId right_of(PairKey key) { return static_cast<TokenId>(key & 0xFFFFFFFFu); }

template <typename Value>
class PairTable {
 public:
  PairTable() : slots_(64) {}

  Value* find(PairKey key) { return const_cast<Value*>(static_cast<const PairTable*>(this)->find(key)); }
  const Value* find(PairKey key) const {
    const Slot& slot = slots_[slot_of(key)];
    return slot.key == key ? &slot.value : nullptr;
  }
  // The value of `key`, made by Value() when there is none. Valid until the next call.
  Value& operator[](PairKey key) {
    std::size_t index = slot_of(key);
    if (slots_[index].key != key) {
      if (2 * (count_ + 1) > slots_.size()) {
        grow();
        index = slot_of(key);
      }
      slots_[index].key = key;
      ++count_;
    }
    return slots_[index].value;
  }

  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const Slot& slot : slots_)
      if (slot.key != empty) visit(slot.key, slot.value);
  }

 private:
  static constexpr PairKey empty = ~PairKey{0};  // the pair (-1, -1), which no ids form
  struct Slot {
    PairKey key = empty;
    Value value{};
  };

  // Where `key` is, or the free slot where it would go.
  std::size_t slot_of(PairKey key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t index = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ull) >> 20) & mask;
    while (slots_[index].key != key && slots_[index].key != empty) index = (index + 1) & mask;
    return index;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (Slot& slot : old) {
      if (slot.key == empty) continue;
      Slot& target = slots_[slot_of(slot.key)];
      target.key = slot.key;
      target.value = std::move(slot.value);
    }
  }

  std::vector<Slot> slots_;
  std::size_t count_ = 0;
};

}  // namespace fathom::text
