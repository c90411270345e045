// Remembers the ids of short words, so that frequent words are not merged again. One table a thread, of fixed size: a new word
// takes the place of the one that shares its slot.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "fathom/text/tokenizer.h"

namespace fathom::text {

class WordCache {
 public:
  // The calling thread's cache, which all models of the thread share; `owner` (from 1) tells their words apart.
  static WordCache& of_thread() {
    thread_local WordCache cache;
    return cache;
  }

  static constexpr std::size_t longest_word = 26;

  struct Slot {  // one cache line
    std::uint32_t owner = 0;
    std::uint8_t length = 0, count = 0;
    std::array<char, longest_word> word{};
    std::array<TokenId, 8> ids{};
  };
  static_assert(sizeof(Slot) == 64);

  // The slot of a word of at most `longest_word` bytes.
  Slot& slot_of(std::uint32_t owner, std::string_view word) { return slots_[hash(owner, word) & (slots - 1)]; }
  static bool holds(const Slot& slot, std::uint32_t owner, std::string_view word) {
    return slot.owner == owner && slot.length == word.size() && std::memcmp(slot.word.data(), word.data(), word.size()) == 0;
  }
  // `count` ids at `ids`; too many are not remembered.
  static void remember(Slot& slot, std::uint32_t owner, std::string_view word, const TokenId* ids, std::size_t count) {
    if (count > slot.ids.size()) return;
    slot.owner = owner;
    slot.length = static_cast<std::uint8_t>(word.size());
    slot.count = static_cast<std::uint8_t>(count);
    std::copy(word.begin(), word.end(), slot.word.begin());
    std::copy_n(ids, count, slot.ids.begin());
  }

 private:
  static constexpr std::size_t slots = 1 << 15;

  static std::uint64_t load(const char* from, std::size_t bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, from, bytes);
    return value;
  }
  static std::uint64_t mix(std::uint64_t value) {
    value *= 0x9E3779B97F4A7C15ull;
    return value ^ (value >> 32);
  }
  // All bytes of the word: the first eight and the last eight, and what lies between of longer ones.
  static std::size_t hash(std::uint32_t owner, std::string_view word) {
    const std::size_t size = word.size();
    std::uint64_t state = owner * 0xD6E8FEB86659FD93ull + size;
    if (size >= 8) {
      std::uint64_t middle = 0;
      for (std::size_t i = 8; i + 8 < size; i += 8) middle = mix(middle ^ load(word.data() + i, 8));
      state = mix(state ^ load(word.data(), 8)) + middle;
      state = mix(state ^ load(word.data() + size - 8, 8));
    } else if (size >= 4) {
      state = mix(state ^ (load(word.data(), 4) | (load(word.data() + size - 4, 4) << 32)));
    } else if (size > 0) {
      state = mix(state ^ (load(word.data(), 1) | (load(word.data() + (size / 2), 1) << 8) | (load(word.data() + size - 1, 1) << 16)));
    }
    return static_cast<std::size_t>(state ^ (state >> 17));
  }

  std::vector<Slot> slots_ = std::vector<Slot>(slots);
};

}  // namespace fathom::text
