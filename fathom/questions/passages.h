// The parts of a page that questions are asked about.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "fathom/text/sentences.h"

namespace fathom::questions {

// The lines of a text without the white space around them, those of at least `least_words` words: headings and menus are no passages.
std::vector<text::Span> passages_of(std::string_view text, std::size_t least_words = 8);

}  // namespace fathom::questions
