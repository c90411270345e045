// A map from 64-bit hashes to numbers, in 17 to 34 bytes an entry, built once and then read by several threads. Private to the room.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace fathom::data {

class CompactMap {
 public:
  static constexpr std::uint32_t none = 0xffffffff;

  // Keeps the number that is there already; returns whether the key is new. value < none.
  bool insert(std::uint64_t key, std::uint32_t value) {
    if (used_ >= entries_.size() / 4 * 3) grow();
    const bool added = place(key, value);
    used_ += added ? 1 : 0;
    return added;
  }

  // `none` when the key is not there. A key that is absent usually costs one look at a bit: 11 to 21 bits an entry stay in a near cache.
  std::uint32_t find(std::uint64_t key) const {
    if (entries_.empty() || (bits_[bit_of(key) / 64] >> (bit_of(key) % 64) & 1) == 0) return none;
    for (std::size_t i = home_of(key);; i = (i + 1) & (entries_.size() - 1)) {
      if (entries_[i].value == none || entries_[i].key() == key) return entries_[i].value;
    }
  }

  std::size_t size() const { return used_; }

 private:
  struct Entry {
    std::array<std::uint32_t, 2> key_halves{};  // high, low: 12 bytes, not 16
    std::uint32_t value = none;
    std::uint64_t key() const { return std::uint64_t{key_halves[0]} << 32 | key_halves[1]; }
  };

  std::size_t home_of(std::uint64_t key) const { return static_cast<std::size_t>(key) & (entries_.size() - 1); }
  std::size_t bit_of(std::uint64_t key) const { return static_cast<std::size_t>(key >> 20) & (bits_.size() * 64 - 1); }

  bool place(std::uint64_t key, std::uint32_t value) {
    std::size_t i = home_of(key);
    for (; entries_[i].value != none; i = (i + 1) & (entries_.size() - 1)) {
      if (entries_[i].key() == key) return false;
    }
    entries_[i] = {{static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key)}, value};
    bits_[bit_of(key) / 64] |= std::uint64_t{1} << (bit_of(key) % 64);
    return true;
  }
  void grow() {
    const std::vector<Entry> old(std::move(entries_));
    const std::size_t size = old.empty() ? 64 : 2 * old.size();
    entries_.assign(size, {});
    bits_.assign(size * 8 / 64, 0);
    for (const Entry& entry : old) {
      if (entry.value != none) place(entry.key(), entry.value);
    }
  }

  std::vector<Entry> entries_;       // a power of two, at most three quarters of it used
  std::vector<std::uint64_t> bits_;  // which hashes can be there
  std::size_t used_ = 0;
};

}  // namespace fathom::data
