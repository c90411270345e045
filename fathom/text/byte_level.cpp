#include "fathom/text/byte_level.h"

namespace fathom::text {
namespace {

// Radford et al. 2019, the pattern of GPT-2's encoder. White space is spelled out as Unicode's White_Space property, because
// PCRE2's \s also takes U+180E, which is none since Unicode 6.3.
#define FATHOM_SPACE "\\t-\\r \\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}"
constexpr const char* gpt2_words = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^" FATHOM_SPACE "\\p{L}\\p{N}]+|[" FATHOM_SPACE
                                   "]+(?![^" FATHOM_SPACE "])|[" FATHOM_SPACE "]+";
#undef FATHOM_SPACE

}  // namespace

ByteLevel::ByteLevel(bool add_prefix_space, bool use_regex) : add_prefix_space_(add_prefix_space) {
  if (use_regex) words_.emplace(gpt2_words);
}

void ByteLevel::cut(std::string_view text, Pieces& pieces) const {
  if (text.empty()) return;
  if (add_prefix_space_ && text.front() != ' ') {
    std::string& prefixed = pieces.owned.emplace_back(" ");
    prefixed += text;
    text = prefixed;
  }
  if (words_) {
    words_->cut(text, pieces.views);
  } else {
    pieces.views.push_back(text);
  }
}

}  // namespace fathom::text
