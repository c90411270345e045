// Text with its marks, for pages that show it.
#pragma once

#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/text/sentences.h"

namespace fathom::server {

// Text in pieces, so that a page can mark words without reading HTML from a document: [{"text": …, "match": true|false}, …].
OrderedJson marked_text(std::string_view text, const std::vector<text::Span>& marks);

}  // namespace fathom::server
