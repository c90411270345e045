// "People also ask": questions that the index has answers to (index::PageSuggestion), chosen for a query and what it found. Private to the
// room; what is chosen comes with SearchResponse.
#pragma once

#include <vector>

#include "fathom/search/searcher.h"

namespace fathom::search {

// At most `most` questions of the pages found, best first. A question is related when it has some of the query's words (by their weight) or
// is near it by its vector; those of the first page of an answered query are, too. Of a query that is not
// answered, at least half of the words count. At most two of a page, none that asks the same as the
// query or as one before it (same_question.h). `vector`: the query's, may be empty.
std::vector<Suggestion> choose_suggestions(const Searcher::View& view, const SearchResponse& response, const std::string& query,
                                           const std::vector<float>& vector, std::int64_t most);

}  // namespace fathom::search
