#include "fathom/text/jinja/string_literal.h"

#include <charconv>
#include <cstdint>

#include "fathom/base/error.h"
#include "fathom/text/utf8.h"

namespace fathom::text::jinja {
namespace {

void append_character(std::string& out, std::uint32_t c, std::string_view escape) {
  require(c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF), "the escape '{}' is no character", escape);
  append_utf8(out, c);
}

// \x41, \u00e9, \U0001F642: the number of digits is fixed. Returns the length of the escape, backslash included.
std::size_t hexadecimal(std::string_view text, std::size_t count, std::string& out) {
  const std::string_view digits = text.substr(2, count);
  std::uint32_t c = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), c, 16);
  require(digits.size() == count && error == std::errc() && stop == digits.data() + digits.size(),
          "the escape '\\{}' needs {} hexadecimal digits", text[1], count);
  append_character(out, c, text.substr(0, 2 + count));
  return 2 + count;
}

// Up to three octal digits after the backslash.
std::size_t octal(std::string_view text, std::string& out) {
  std::uint32_t c = 0;
  std::size_t length = 1;
  for (; length < 4 && length < text.size() && text[length] >= '0' && text[length] <= '7'; ++length)
    c = c * 8 + static_cast<std::uint32_t>(text[length] - '0');
  append_character(out, c, text.substr(0, length));
  return length;
}

// `text` begins with a backslash that another character follows.
std::size_t escape(std::string_view text, std::string& out) {
  constexpr std::string_view letters = "abfnrtv\\'\"", values = "\a\b\f\n\r\t\v\\'\"";
  const char c = text[1];
  if (const std::size_t known = letters.find(c); known != std::string_view::npos) {
    out += values[known];
    return 2;
  }
  switch (c) {
    case '\n': return 2;
    case 'x': return hexadecimal(text, 2, out);
    case 'u': return hexadecimal(text, 4, out);
    case 'U': return hexadecimal(text, 8, out);
    case 'N': fail("the escape '\\N' is not supported; write the character itself");
    default:
      if (c >= '0' && c <= '7') return octal(text, out);
      out += '\\';
      return 1;
  }
}

}  // namespace

std::string unescape(std::string_view literal) {
  std::string value;
  for (std::size_t at = 0; at < literal.size();) {
    if (literal[at] == '\\' && at + 1 < literal.size())
      at += escape(literal.substr(at), value);
    else
      value += literal[at++];
  }
  return value;
}

}  // namespace fathom::text::jinja
