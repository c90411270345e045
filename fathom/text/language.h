// Which language a document is written in: by its script where the script decides (Chinese, Japanese, Korean, Russian, Arabic, …),
// by frequent words and letter trigrams among Latin-script languages. The lists are our own and part of the program; nothing is
// downloaded. Meant for sorting documents of a sentence or more, not for single words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fathom::text {

struct LanguageGuess {
  std::string code;         // ISO 639-1 ("en", "zh", …); "und" when there is too little text or no letters
  double confidence = 0.0;  // 0 to 1: the winner's share of the evidence; comparable within one version of the lists
};

// Reads at most three pieces of `sample_bytes` / 3 (beginning, middle, end), so the cost does not grow with the document.
// Invalid UTF-8 counts as nothing.
LanguageGuess identify_language(std::string_view text, std::size_t sample_bytes = 48 * 1024);

// The codes that identify_language can return, "und" left out, in alphabetical order.
const std::vector<std::string>& known_languages();

}  // namespace fathom::text
