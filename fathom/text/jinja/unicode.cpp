#include "fathom/text/jinja/unicode.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "fathom/text/utf8.h"

namespace fathom::text::jinja {
namespace {

icu::UnicodeString wide(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string narrow(const icu::UnicodeString& text) {
  std::string result;
  text.toUTF8String(result);
  return result;
}

// The full title-case mapping of one character ("ß" becomes "Ss").
std::string title_of(std::string_view character) {
  icu::UnicodeString text = wide(character);
  return narrow(text.toTitle(nullptr, icu::Locale::getRoot(), U_TITLECASE_NO_BREAK_ADJUSTMENT));
}

bool is_word_separator(char32_t c) { return c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || is_space(c); }

// Bytes from the beginning of `text` whose characters all satisfy `wanted`.
template <typename Wanted>
std::size_t run_length(std::string_view text, Wanted wanted) {
  std::size_t end = 0;
  while (end < text.size() && wanted(first_character(text.substr(end)))) end += step_length(text.substr(end));
  return end;
}

}  // namespace

std::size_t step_length(std::string_view text) { return std::max<std::size_t>(character_length(text), 1); }

char32_t first_character(std::string_view text) {
  const std::size_t length = character_length(text);
  return length == 0 ? U'\uFFFD' : code_point(text, length);
}

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) at += step_length(text.substr(at));
  return count;
}

std::size_t byte_position(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  for (; index > 0 && at < text.size(); --index) at += step_length(text.substr(at));
  return at;
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_printable(char32_t c) {
  if (c == ' ') return true;
  switch (u_charType(static_cast<UChar32>(c))) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_UNASSIGNED:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SPACE_SEPARATOR: return false;
    default: return true;
  }
}

bool is_name_character(char32_t c, bool first) {
  if (c < 0x80) return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
  return u_hasBinaryProperty(static_cast<UChar32>(c), first ? UCHAR_XID_START : UCHAR_XID_CONTINUE);
}

std::size_t leading_space(std::string_view text) { return run_length(text, is_space); }

std::size_t trailing_space(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0) {
    std::size_t previous = begin - 1;
    while (previous > 0 && begin - previous < 4 && (static_cast<unsigned char>(text[previous]) & 0xC0) == 0x80) --previous;
    const std::string_view character = text.substr(previous, begin - previous);
    if (character_length(character) != character.size() || !is_space(first_character(character))) break;
    begin = previous;
  }
  return text.size() - begin;
}

std::string to_upper(std::string_view text) { return narrow(wide(text).toUpper(icu::Locale::getRoot())); }
std::string to_lower(std::string_view text) { return narrow(wide(text).toLower(icu::Locale::getRoot())); }

std::string capitalize(std::string_view text) {
  if (text.empty()) return {};
  const std::size_t first = step_length(text);
  return title_of(text.substr(0, first)) + to_lower(text).substr(to_lower(text.substr(0, first)).size());
}

std::string title_case(std::string_view text) {
  const auto cased = [](char32_t c) { return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_CASED) != 0; };
  std::string result;
  while (!text.empty()) {
    const std::size_t other = run_length(text, [&](char32_t c) { return !cased(c); });
    result += text.substr(0, other);
    text.remove_prefix(other);
    const std::size_t word = run_length(text, cased);
    result += capitalize(text.substr(0, word));
    text.remove_prefix(word);
  }
  return result;
}

std::string title_words(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t separators = run_length(text, is_word_separator);
    result += text.substr(0, separators);
    text.remove_prefix(separators);
    const std::size_t word = run_length(text, [](char32_t c) { return !is_word_separator(c); });
    if (word > 0) {
      const std::size_t first = step_length(text);
      result += to_upper(text.substr(0, first)) + to_lower(text.substr(first, word - first));
    }
    text.remove_prefix(word);
  }
  return result;
}

}  // namespace fathom::text::jinja
