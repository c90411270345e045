// Results as the API shows them.
#pragma once

#include <string_view>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/search/answer.h"
#include "fathom/search/searcher.h"

namespace fathom::server {

// Text in pieces, so that a page can mark words without reading HTML from a document: [{"text": …, "match": true|false}, …].
OrderedJson marked_text(std::string_view text, const std::vector<text::Span>& marks);

OrderedJson to_json(const search::SearchHit& hit, std::int64_t rank, bool explain);
OrderedJson to_json(const search::Passage& passage, std::int64_t number);

}  // namespace fathom::server
