// Words as the machine translation evaluations cut them (NIST's mteval-v13a): what sacrebleu calls the tokenizer "13a".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fathom::text {

// Punctuation becomes words of its own, but for apostrophes, and for points, commas and hyphens in numbers; the four references &quot;
// &amp; &lt; &gt; are written out; words are parted by white space. No lower-casing. Meant for languages that are written with Latin
// letters.
std::vector<std::string> mteval_words(std::string_view text);

}  // namespace fathom::text
