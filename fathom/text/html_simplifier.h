// A copy of a page, byte for byte in the same places, in which everything that the parser is slow with or that no reader sees has
// become a comment of the same length. Private to the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fathom::text {

// Stands for a byte of the source that is no text.
constexpr char html_bad_byte = '\x1A';
// Stands for '<' inside <title> and <textarea>, where tags are text.
constexpr char html_raw_bracket = '\x1C';

struct SimplifiedHtml {
  std::string html;
  std::int64_t neutralised_tags = 0, replaced_bytes = 0;
};

// `source` is UTF-8, perhaps with errors. Linear time. In the copy
// * bytes that are no UTF-8, NUL, and bytes that look like html_raw_bracket are html_bad_byte;
// * comments, the doctype, script, style, template, noscript, iframe, select, svg and other content that is not read, tags of <form>,
//   <math>, frames and formatting (<b>, <i>, …: without meaning for blocks, and the parser repeats unclosed ones) are comments;
// * tags nested deeper than `max_depth` are comments; attributes beyond max_html_attributes, and those of repeated <html> and <body> tags,
//   are spaces;
// * numeric references of eight or more digits name U+FFFD;
// * <xmp> reads <pre>, and '<' inside <title> and <textarea> is html_raw_bracket, so that no parser takes it for a tag.
SimplifiedHtml simplify_html(std::string_view source, std::size_t max_depth);

}  // namespace fathom::text
