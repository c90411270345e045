#include "fathom/text/byte_level.h"

#include "fathom/text/word_scanner.h"

namespace fathom::text {

void ByteLevel::cut_valid(std::string_view text, Pieces& pieces) const {
  if (text.empty()) return;
  if (add_prefix_space_ && text.front() != ' ') {
    std::string& prefixed = pieces.owned.emplace_back(" ");
    prefixed += text;
    text = prefixed;
  }
  if (use_regex_) {
    for_each_word(WordPattern::gpt2, text, [&](std::string_view word) { pieces.views.push_back(word); });
  } else {
    pieces.views.push_back(text);
  }
}

}  // namespace fathom::text
