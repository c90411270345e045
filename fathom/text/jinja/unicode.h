// Python's view of a string: characters are code points, white space is what str.isspace() calls so. Bytes that are no UTF-8 are
// characters of one byte each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fathom::text::jinja {

// Length in bytes of the character that `text` begins with; `text` is not empty.
std::size_t step_length(std::string_view text);
// Code point of the character at the beginning, U+FFFD for a byte that is no UTF-8.
char32_t first_character(std::string_view text);
std::size_t character_count(std::string_view text);
// Byte position of character `index`, text.size() when there are fewer.
std::size_t byte_position(std::string_view text, std::size_t index);

bool is_space(char32_t character);      // str.isspace()
bool is_printable(char32_t character);  // str.isprintable()
bool is_name_character(char32_t character, bool first);
// Byte lengths of the white space at the beginning and at the end.
std::size_t leading_space(std::string_view text);
std::size_t trailing_space(std::string_view text);

std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
std::string capitalize(std::string_view text);   // str.capitalize()
std::string title_case(std::string_view text);   // str.title(): every letter after something else than a letter
std::string title_words(std::string_view text);  // the filter `title`: words begin after white space, '-', '(', '{', '[' and '<'

}  // namespace fathom::text::jinja
