// What a result shows of its page. Private to the room.
#pragma once

#include "fathom/index/page_reader.h"
#include "fathom/search/searcher.h"

namespace fathom::search {

// Fills everything but the scores and the probability: id, title, the sentence that matched, where the query's words stand in it, copies of
// the page.
void fill_hit(SearchHit& hit, index::PageReader& reader, const index::TextQuery& terms);

}  // namespace fathom::search
