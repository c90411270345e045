// Operations on strings that filters and methods share. Marks of untrusted bytes are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "fathom/text/jinja/value.h"

namespace fathom::text::jinja {

// Without the characters of `characters` (nullptr: white space) at the ends that are asked for.
MarkedText strip(const MarkedText& text, const MarkedText* characters, bool left, bool right, Budget& budget);
// str.split() and str.rsplit(): at `separator`, or at runs of white space without one; at most `limit` cuts unless negative.
std::vector<MarkedText> split(const MarkedText& text, const std::optional<MarkedText>& separator, std::int64_t limit, bool from_right,
                              Budget& budget);
// str.replace(); `limit` below zero: all.
MarkedText replace(const MarkedText& text, const MarkedText& old_part, const MarkedText& new_part, std::int64_t limit, Budget& budget);
MarkedText join(const std::vector<MarkedText>& parts, const MarkedText& separator, Budget& budget);
// `map` of the bytes. Case mapping moves bytes, so that the result is untrusted when any part of the text is.
MarkedText map_bytes(const MarkedText& text, std::string (*map)(std::string_view), Budget& budget);
// Byte position of `part` at or after `from`; nullopt when it is not there. Linear in the sizes.
std::optional<std::size_t> find_bytes(std::string_view text, std::string_view part, std::size_t from);

}  // namespace fathom::text::jinja
