#include "fathom/text/byte_alphabet.h"

#include <algorithm>

#include "fathom/text/utf8.h"

namespace fathom::text {
namespace {

constexpr char32_t first_substitute = 0x100;
constexpr std::size_t alphabet_end = 0x100 + 68;  // one more than the last code point in use

bool stands_for_itself(unsigned byte) { return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE; }

struct Alphabet {
  std::array<char32_t, 256> characters{};
  std::array<std::string, 256> spellings;
  std::array<int, alphabet_end> bytes{};  // by code point; -1: none

  Alphabet() {
    bytes.fill(-1);
    char32_t next = first_substitute;
    for (unsigned byte = 0; byte < 256; ++byte) {
      characters[byte] = stands_for_itself(byte) ? char32_t{byte} : next++;
      append_utf8(spellings[byte], characters[byte]);
      bytes[characters[byte]] = static_cast<int>(byte);
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet instance;
  return instance;
}

}  // namespace

std::string_view spelling(std::uint8_t byte) { return alphabet().spellings[byte]; }

std::string spell(std::string_view bytes) {
  std::string spelled;
  for (const char byte : bytes) spelled += spelling(static_cast<std::uint8_t>(byte));
  return spelled;
}

std::optional<std::string> unspell(std::string_view spelled) {
  std::string bytes;
  while (!spelled.empty()) {
    const std::size_t length = character_length(spelled);
    if (length == 0) return std::nullopt;
    const char32_t character = code_point(spelled, length);
    if (character >= alphabet_end || alphabet().bytes[character] < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(alphabet().bytes[character]));
    spelled.remove_prefix(length);
  }
  return bytes;
}

std::array<std::uint8_t, 256> bytes_in_spelling_order() {
  std::array<std::uint8_t, 256> bytes{};
  for (unsigned i = 0; i < 256; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  std::sort(bytes.begin(), bytes.end(), [](std::uint8_t a, std::uint8_t b) { return alphabet().characters[a] < alphabet().characters[b]; });
  return bytes;
}

}  // namespace fathom::text
