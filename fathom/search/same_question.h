// Whether two questions ask the same, by their words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fathom/index/page_reader.h"

namespace fathom::search {

// Distinct words as the index has them (English endings taken off where it does so), sorted.
std::vector<std::string> question_words(index::PageReader& reader, std::string_view question);

// Of two results of question_words(): whether at least three quarters of all their words are in both. Question words count like others:
// "where was it made" and "when was it made" ask different things.
bool ask_the_same(const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace fathom::search
