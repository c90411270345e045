// What HTML elements mean for blocks of text. Private to the room.
#pragma once

#include <gumbo.h>

#include "fathom/text/html_blocks.h"

namespace fathom::text {

// The value of an attribute, nullptr when the element has none of that name.
const char* html_attribute(const GumboNode* element, const char* name);

// Whether a browser starts a new line for the element.
bool is_html_block(GumboTag tag);

// Left out with everything inside: no text for readers, or not shown (the `hidden` attribute, style="display:none").
bool is_html_hidden(const GumboNode* element);

// The region that the element begins, by its tag, its ARIA role, or a word of its class or id that is usual for it ("navbar", "sidebar",
// …); body when it begins none. <header> and <footer> of an article or <main> are content.
HtmlRegion html_region(const GumboNode* element, bool in_main);

// Whether a <tr> is a row of data: its cells hold inline text, at most one block each, no lists, headings or tables. Other rows
// lay a page out, and their cells are read as blocks.
bool is_html_data_row(const GumboNode* row);

}  // namespace fathom::text
