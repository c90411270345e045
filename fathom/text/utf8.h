// UTF-8 as bytes: where text is valid, and its code points.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fathom::text {

// Length in bytes of the valid character that `text` begins with (Unicode Standard, table 3-7: no overlong forms, no
// surrogates, nothing above U+10FFFF); 0 when it begins with none (or is empty).
std::size_t character_length(std::string_view text);

// Length of the longest valid UTF-8 that `text` begins with.
std::size_t valid_prefix(std::string_view text);

// Whether `text` could become the beginning of a valid character if more bytes followed: true for "\xE4\xBD", false for
// "" and for "\xFF".
bool is_unfinished_character(std::string_view text);

// The code point of the valid character that `text` begins with; `length` is its character_length().
char32_t code_point(std::string_view text, std::size_t length);

void append_utf8(std::string& out, char32_t character);

}  // namespace fathom::text
