// Words that carry grammar and courtesy but no subject.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fathom::text {

// Of English, sorted; clitics as WordOptions::split_contractions makes them.
const std::vector<std::string>& english_function_words();

// Whether a lower-cased word is one of English, or one of the few of Chinese that questions are made with.
bool is_function_word(std::string_view word);

}  // namespace fathom::text
