// From the parsed tree to blocks. Private to the room.
#pragma once

#include <string_view>

#include "fathom/text/html_blocks.h"
#include "fathom/text/html_tree.h"

namespace fathom::text {

// Fills blocks and language of `page`. `html`: the text that `tree` was parsed from.
void walk_html(const HtmlTree& tree, std::string_view html, HtmlPage& page);

}  // namespace fathom::text
