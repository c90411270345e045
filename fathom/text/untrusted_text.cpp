// Ids of a text of which some bytes are untrusted: a user who spells a special token types text, not a turn.
#include <algorithm>

#include "fathom/text/jinja/marked_text.h"
#include "fathom/text/tokenizer_state.h"

namespace fathom::text {

std::vector<TokenId> Tokenizer::encode_marked(const jinja::MarkedText& marked) const {
  struct Found {
    std::size_t begin, end;
    TokenId id;
  };
  const std::string_view text = marked.bytes();
  const std::vector<jinja::Span>& untrusted = marked.untrusted();
  std::vector<Found> trusted_tokens;
  bool forged = false;
  for (std::size_t at = 0; const auto match = state_->added.next(text, at, /*with_special=*/true);) {
    const std::size_t begin = match->position, end = begin + match->token->content.size();
    const auto span = std::partition_point(untrusted.begin(), untrusted.end(), [begin](const jinja::Span& s) { return s.end <= begin; });
    const bool is_untrusted = match->token->special && span != untrusted.end() && span->begin < end;
    if (match->token->special && !is_untrusted) trusted_tokens.push_back({begin, end, match->token->id});
    forged = forged || is_untrusted;
    at = is_untrusted ? begin + 1 : end;
  }
  if (!forged) {
    std::vector<TokenId> ids = encode(text);
    // A normalizer could make a special token of other characters: more of them than the template wrote are forged too.
    const auto special = std::count_if(ids.begin(), ids.end(), [this](TokenId id) { return is_special(id); });
    if (special <= static_cast<std::ptrdiff_t>(trusted_tokens.size())) return ids;
  }
  std::vector<TokenId> ids;
  std::size_t done = 0;
  const auto add_text = [&](std::size_t end) {
    const std::vector<TokenId> more = encode(text.substr(done, end - done), /*parse_special=*/false);
    ids.insert(ids.end(), more.begin(), more.end());
  };
  for (const Found& token : trusted_tokens) {
    add_text(token.begin);
    ids.push_back(token.id);
    done = token.end;
  }
  add_text(text.size());
  return ids;
}

}  // namespace fathom::text
