// The spelling of bytes in byte-level vocabularies (introduced by GPT-2): every byte is written as one printable character.
// Bytes that are printable in Latin-1 stand for themselves; the other 68 are written as U+0100, U+0101, … in order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fathom::text {

// The character that spells `byte`, as UTF-8. A space is "Ġ".
std::string_view spelling(std::uint8_t byte);
// Every byte of `bytes` spelled.
std::string spell(std::string_view bytes);
// The bytes that `spelled` stands for; nullopt when it has a character that spells no byte.
std::optional<std::string> unspell(std::string_view spelled);
// All bytes in the order of their spellings' code points: the order in which trainers give them ids.
std::array<std::uint8_t, 256> bytes_in_spelling_order();

}  // namespace fathom::text
