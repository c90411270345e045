// Remembers the ids of short words, so that frequent words are not merged again. One table a thread, of fixed size: a new word
// takes the place of the one that shares its slot.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
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

  // Appends the ids of `word` and returns true when they are known.
  bool append(std::uint32_t owner, std::string_view word, std::vector<TokenId>& ids) const {
    if (word.size() > longest_word) return false;
    const Slot& slot = slots_[index_of(owner, word)];
    if (slot.owner != owner || slot.length != word.size() || std::memcmp(slot.word.data(), word.data(), word.size()) != 0) return false;
    ids.insert(ids.end(), slot.ids.begin(), slot.ids.begin() + slot.count);
    return true;
  }

  void remember(std::uint32_t owner, std::string_view word, const TokenId* ids, std::size_t count) {
    if (word.size() > longest_word || count > most_ids) return;
    Slot& slot = slots_[index_of(owner, word)];
    slot.owner = owner;
    slot.length = static_cast<std::uint8_t>(word.size());
    slot.count = static_cast<std::uint8_t>(count);
    std::copy(word.begin(), word.end(), slot.word.begin());
    std::copy_n(ids, count, slot.ids.begin());
  }

 private:
  static constexpr std::size_t longest_word = 26, most_ids = 8, slots = 1 << 15;
  struct Slot {  // one cache line
    std::uint32_t owner = 0;
    std::uint8_t length = 0, count = 0;
    std::array<char, longest_word> word{};
    std::array<TokenId, most_ids> ids{};
  };
  static_assert(sizeof(Slot) == 64);

  static std::size_t index_of(std::uint32_t owner, std::string_view word) {
    return (std::hash<std::string_view>{}(word) ^ (owner * 0x9E3779B9u)) & (slots - 1);
  }

  std::vector<Slot> slots_ = std::vector<Slot>(slots);
};

}  // namespace fathom::text
