// Where in a page a question could have its answer.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "fathom/text/sentences.h"

namespace fathom::enrichment {

// Byte ranges of the text, each within one of its sentences, the most promising first.
using AnswerFinder = std::function<std::vector<text::Span>(std::string_view text, const std::vector<text::Span>& sentences)>;

// Runs of capitalised words that do not begin a sentence, and numbers, in the order of the text.
std::vector<text::Span> names_and_numbers(std::string_view text, const std::vector<text::Span>& sentences);

}  // namespace fathom::enrichment
