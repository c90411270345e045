// Which encoding a page is in, and its text in UTF-8. For the room and the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fathom::text {

struct DecodedHtml {
  std::string encoding;             // the name that ICU prefers, or "UTF-8"
  std::string utf8;                 // the converted text; empty when the source is UTF-8 already
  std::int64_t replaced_bytes = 0;  // in the conversion; errors of UTF-8 sources are left to who reads them
};

// In this order: a byte-order mark; `declared`; the first <meta> declaration among the first 4 KiB; UTF-8. Names mean what the WHATWG
// Encoding Standard says (ISO-8859-1 is windows-1252, GB2312 is GB18030, …); unknown ones are passed over.
bool is_known_encoding(const std::string& label);
DecodedHtml decode_html(std::string_view source, const std::string& declared);

}  // namespace fathom::text
