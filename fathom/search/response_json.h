// Search results as JSON and as marked text, the same from the command line and from a server.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/search/answer_writer.h"
#include "fathom/search/searcher.h"

namespace fathom::search {

// Offsets are bytes of UTF-8: `sentence.begin` and `end` of the page's text, highlights of the snippet or title. `explain`: with each part
// of the score and the query's terms.
OrderedJson to_json(const std::string& query, const SearchResponse& response, bool explain);

// A page's metadata: a key's value, or a list of them.
OrderedJson metadata_json(const std::vector<std::pair<std::string, std::string>>& metadata);

// What was found and written for a question; passages are numbered from 1, and their `features` are what the probability goes by.
OrderedJson passages_json(const std::vector<Passage>& passages);
OrderedJson to_json(const WrittenAnswer& written);

// The text with `begin` and `end` around each span.
std::string marked(std::string_view text, const std::vector<text::Span>& spans, std::string_view begin, std::string_view end);

}  // namespace fathom::search
