// Reads the classes of characters in valid UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fathom/text/unicode_classes.h"

namespace fathom::text {

class CharacterReader {
 public:
  CharacterReader(std::string_view text, const UnicodeClasses& classes)
      : classes_(classes), bytes_(classes.bytes().data()), begin_(text.data()), size_(text.size()) {}

  const UnicodeClasses& classes() const { return classes_; }
  std::size_t size() const { return size_; }
  char byte(std::size_t at) const { return begin_[at]; }
  std::string_view view(std::size_t from, std::size_t to) const { return {begin_ + from, to - from}; }

  // The class of the character at `at`, which is before the end; `length` becomes its bytes.
  CharacterClass at(std::size_t at, std::size_t& length) const {
    const CharacterClass ascii = bytes_[static_cast<unsigned char>(begin_[at])];
    length = 1;
    return ascii == character_class::not_ascii ? beyond_ascii(at, length) : ascii;
  }
  // The class at `at`; 0 at the end.
  CharacterClass peek(std::size_t at) const {
    std::size_t length = 0;
    return at < size_ ? this->at(at, length) : CharacterClass{0};
  }
  // Where the run of characters of `wanted` classes ends that begins at `at`.
  std::size_t run(std::size_t at, CharacterClass wanted) const {
    while (at < size_) {
      const CharacterClass ascii = bytes_[static_cast<unsigned char>(begin_[at])];
      if (ascii & wanted) {
        ++at;
        continue;
      }
      if (ascii != character_class::not_ascii) return at;
      std::size_t length = 1;
      if (!(beyond_ascii(at, length) & wanted)) return at;
      at += length;
    }
    return at;
  }
  // The same of characters of none of these classes.
  std::size_t run_without(std::size_t at, CharacterClass unwanted) const {
    while (at < size_) {
      std::size_t length = 0;
      if (this->at(at, length) & unwanted) return at;
      at += length;
    }
    return at;
  }

 private:
  CharacterClass beyond_ascii(std::size_t at, std::size_t& length) const {
    const auto byte = [this](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(begin_[i])); };
    const std::uint32_t first = byte(at);
    std::uint32_t character = 0;
    if (first < 0xE0) {
      length = 2;
      character = ((first & 0x1F) << 6) | (byte(at + 1) & 0x3F);
    } else if (first < 0xF0) {
      length = 3;
      character = ((first & 0x0F) << 12) | ((byte(at + 1) & 0x3F) << 6) | (byte(at + 2) & 0x3F);
    } else {
      length = 4;
      character = ((first & 0x07) << 18) | ((byte(at + 1) & 0x3F) << 12) | ((byte(at + 2) & 0x3F) << 6) | (byte(at + 3) & 0x3F);
    }
    return classes_.of(character);
  }

  const UnicodeClasses& classes_;
  const CharacterClass* bytes_;
  const char* begin_;
  std::size_t size_;
};

}  // namespace fathom::text
