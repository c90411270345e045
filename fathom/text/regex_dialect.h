// The patterns in tokenizer.json are written for Oniguruma, which Hugging Face's tokenizers uses. This turns one into the PCRE2
// pattern that means the same.
#pragma once

#include <string>
#include <string_view>

namespace fathom::text {

// The same pattern for PCRE2 with UTF, UCP, MULTILINE and line feed as the only line end. Facts from Oniguruma's doc/RE (syntax
// ONIG_SYNTAX_ONIGURUMA) and pcre2pattern(3): \s is the property White_Space, \w has marks and connectors, \h is a hexadecimal digit, \v
// a vertical tab, \p{Han} a script (PCRE2: script extensions), ^ and $ are at every line.
// Throws Error that names the construct which the two read differently and which cannot be translated: word boundaries, POSIX
// brackets, nested and intersected classes, options inside the pattern other than a leading or grouped (?i), possessive counted
// repetition, caseless text whose case folding changes its length.
std::string pcre2_pattern(std::string_view oniguruma);

}  // namespace fathom::text
