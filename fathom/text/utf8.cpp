#include "fathom/text/utf8.h"

#include <cstring>

namespace fathom::text {
namespace {

unsigned byte_at(std::string_view text, std::size_t index) { return static_cast<unsigned char>(text[index]); }

// What a first byte promises: the length of the character, and the range of the second byte that rules out overlong forms,
// surrogates and code points above U+10FFFF. Length 0: the byte begins no character.
struct Lead {
  std::size_t length;
  unsigned second_low, second_high;
};

Lead lead_of(unsigned first) {
  if (first < 0x80) return {1, 0, 0};
  if (first < 0xC2) return {0, 0, 0};
  if (first < 0xE0) return {2, 0x80, 0xBF};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first < 0xF0) return {3, 0x80, 0xBF};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first < 0xF4) return {4, 0x80, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

// How many bytes of `text` fit the character that its first byte promises.
std::size_t matching_bytes(std::string_view text, const Lead& lead) {
  std::size_t matched = 1;
  while (matched < lead.length && matched < text.size()) {
    const unsigned low = matched == 1 ? lead.second_low : 0x80, high = matched == 1 ? lead.second_high : 0xBF;
    if (byte_at(text, matched) < low || byte_at(text, matched) > high) break;
    ++matched;
  }
  return matched;
}

}  // namespace

std::size_t character_length(std::string_view text) {
  if (text.empty()) return 0;
  const Lead lead = lead_of(byte_at(text, 0));
  return lead.length > 0 && matching_bytes(text, lead) == lead.length ? lead.length : 0;
}

std::size_t valid_prefix(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size()) {
    std::uint64_t eight = 0;  // most text is ASCII: eight bytes at a time
    while (end + sizeof eight <= text.size()) {
      std::memcpy(&eight, text.data() + end, sizeof eight);
      if ((eight & 0x8080808080808080ull) != 0) break;
      end += sizeof eight;
    }
    if (end == text.size()) break;
    const std::size_t length = character_length(text.substr(end));
    if (length == 0) break;
    end += length;
  }
  return end;
}

bool is_unfinished_character(std::string_view text) {
  if (text.empty()) return false;
  const Lead lead = lead_of(byte_at(text, 0));
  return lead.length > text.size() && matching_bytes(text, lead) == text.size();
}

char32_t code_point(std::string_view text, std::size_t length) {
  if (length == 1) return byte_at(text, 0);
  char32_t value = byte_at(text, 0) & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) value = (value << 6) | (byte_at(text, i) & 0x3Fu);
  return value;
}

void append_utf8(std::string& out, char32_t character) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0 | (character >> 6));
    put(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    put(0xE0 | (character >> 12));
    put(0x80 | ((character >> 6) & 0x3F));
    put(0x80 | (character & 0x3F));
  } else {
    put(0xF0 | (character >> 18));
    put(0x80 | ((character >> 12) & 0x3F));
    put(0x80 | ((character >> 6) & 0x3F));
    put(0x80 | (character & 0x3F));
  }
}

}  // namespace fathom::text
