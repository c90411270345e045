#include "fathom/questions/passages.h"

#include <algorithm>

#include "fathom/text/words.h"

namespace fathom::questions {

std::vector<text::Span> passages_of(std::string_view text, std::size_t least_words) {
  std::vector<text::Span> passages;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::vector<text::Word> words = text::split_whitespace(text.substr(begin, end - begin));
    if (words.size() >= std::max<std::size_t>(least_words, 1)) passages.push_back({begin + words.front().begin, begin + words.back().end});
    begin = end + 1;
  }
  return passages;
}

}  // namespace fathom::questions
