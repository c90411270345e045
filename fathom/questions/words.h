// Words of English text as the Penn Treebank writes them, which is how the published question generation files have them: clitics and
// punctuation are words ("it 's", "ca n't"), round brackets -LRB- and -RRB-, double quotes `` and '', dashes --.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::questions {

struct Token {
  std::string word;        // in the treebank's spelling, not lower-cased
  std::size_t begin, end;  // bytes of the text that it stands for
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

// In order. White space is no word; invalid UTF-8 is a symbol, byte by byte. A full stop behind an abbreviation at the end of the text
// belongs to the abbreviation.
std::vector<Token> tokenize(std::string_view text);

// The lower-cased words of tokenize().
std::vector<std::string> lower_case_words(std::string_view text);

// Words as running text: the inverse of tokenize() but for what it does not keep (which dash, how much space).
std::string join_words(std::span<const std::string> words);

}  // namespace fathom::questions
