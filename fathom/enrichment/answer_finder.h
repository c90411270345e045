// Where in a page a question could have its answer.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "fathom/text/sentences.h"

namespace fathom::enrichment {

// At most `most` byte ranges of the text, the most promising first.
using AnswerFinder = std::function<std::vector<text::Span>(std::string_view text, std::size_t most)>;

// What a selector that was learned from asked questions finds in a page's passages (questions/candidates.h): likeliest first, none of which
// overlap. `model`: a directory of `fathom questions features` or a model of `fathom questions train`. One thread at a time. Throws Error
// as the loading of both parts does.
AnswerFinder selected_answers(const std::filesystem::path& model);

}  // namespace fathom::enrichment
