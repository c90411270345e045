// Porter's suffix stripping (M. F. Porter 1980, "An algorithm for suffix stripping") with the changes that nltk's PorterStemmer makes in
// its default mode, NLTK_EXTENSIONS: a short list of irregular forms, "ies" and "ied" of short words, "y" after a vowel, words of one or
// two letters as they are. nltk's METEOR uses this mode.
#pragma once

#include <string>
#include <string_view>

namespace fathom::text {

// The stem of an English word: "generations" → "gener". The word is lower-cased UTF-8; letters beyond a–z count as consonants, and bytes
// that are no UTF-8 as one letter each.
std::string porter_stem(std::string_view word);

}  // namespace fathom::text
