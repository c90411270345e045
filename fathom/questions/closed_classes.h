// The words of English grammar: their parts of speech are few and known.
#pragma once

#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fathom/questions/part_of_speech.h"

namespace fathom::questions {

// Parts of speech of each word with their shares, the sum 1.
using ClosedClasses = std::unordered_map<std::string_view, std::vector<std::pair<Tag, float>>>;
const ClosedClasses& closed_classes();

// Irregular forms that are the past but not the participle ("went"), and words of number ("two", "million").
bool is_past_only(std::string_view word);
bool is_number_word(std::string_view word);

}  // namespace fathom::questions
