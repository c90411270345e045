// Spelling out differences that do not change a mathematical answer.
#pragma once

#include <string>
#include <string_view>

namespace fathom::align {

// ASCII where there is an equivalent (full-width forms, minus signs, ×), LaTeX spacing and sizing dropped, \text{…} unwrapped,
// \dfrac and \tfrac as \frac, currency signs, math delimiters and final full stops dropped; "x = 5" becomes "5".
// Degrees become " degree", dollars " dollar" and so on behind the number, so that units are words.
std::string simplify_math(std::string_view answer);

// For comparing what is no number: no spaces, \frac12 as \frac{1}{2}, \sqrt3 as \sqrt{3}; words in lower case; (A) as A.
std::string canonical_text(std::string_view simplified);

}  // namespace fathom::align
