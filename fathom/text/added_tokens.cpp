#include "fathom/text/added_tokens.h"

#include "fathom/base/error.h"

namespace fathom::text {

void AddedTokens::add(AddedToken token) {
  require(!token.content.empty(), "the added token of id {} is empty", token.id);
  require(find(token.content) == nullptr, "the added token '{}' is given twice", token.content);
  if (const AddedToken* same_id = find(token.id))
    fail("two added tokens have the id {}: '{}' and '{}'", token.id, same_id->content, token.content);
  const auto index = static_cast<std::uint32_t>(tokens_.size());
  by_id_.emplace(token.id, index);
  by_content_.add(token.content, index);
  tokens_.push_back(std::move(token));
}

const AddedToken* AddedTokens::find(TokenId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &tokens_[found->second];
}

const AddedToken* AddedTokens::find(std::string_view content) const {
  const auto found = by_content_.find(content);
  return found ? &tokens_[*found] : nullptr;
}

std::optional<AddedTokens::Match> AddedTokens::next(std::string_view text, std::size_t from, bool with_special) const {
  for (auto match = by_content_.next(text, from); match; match = by_content_.next(text, match->end)) {
    const AddedToken& token = tokens_[match->value];
    if (with_special || !token.special) return Match{match->begin, &token};
  }
  return std::nullopt;
}

}  // namespace fathom::text
