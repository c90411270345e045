// Where the tags and comments of HTML begin and end (HTML standard, §13.2.5: the tokenizer's data state), without building anything.
// Private to the room.
#pragma once

#include <gumbo.h>

#include <cstddef>
#include <string_view>

namespace fathom::text {

struct HtmlMarkup {
  enum class Kind { start_tag, end_tag, comment };  // comment: also <!doctype>, <?…>, </>, and a tag that the end of the text cuts off
  Kind kind = Kind::comment;
  std::size_t begin = 0, end = 0;  // from '<' to behind '>'
  GumboTag tag = GUMBO_TAG_UNKNOWN;
  std::size_t name_end = 0;           // behind the tag's name
  std::size_t excess_attributes = 0;  // where attributes beyond max_html_attributes begin; 0 when there are none
};

// Gumbo compares every attribute of a tag with every other.
constexpr std::size_t max_html_attributes = 64;

// Whether markup begins at html[at] == '<', and if so what it is. A '<' before anything but a letter, '/', '!' and '?' is text.
bool markup_at(std::string_view html, std::size_t at, HtmlMarkup& markup);

// The first markup at or after `from`; false when there is none.
bool next_markup(std::string_view html, std::size_t from, HtmlMarkup& markup);

// Where the end tag of `name` begins that closes raw text which begins at `from`; npos when there is none.
std::size_t find_end_tag(std::string_view html, std::size_t from, std::string_view name);

bool is_html_space(char c);
bool is_ascii_letter(char c);

}  // namespace fathom::text
