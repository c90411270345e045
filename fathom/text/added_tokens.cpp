#include "fathom/text/added_tokens.h"

#include <algorithm>

#include "fathom/base/error.h"

namespace fathom::text {

void AddedTokens::add(AddedToken token) {
  require(!token.content.empty(), "the added token of id {} is empty", token.id);
  require(find(token.content) == nullptr, "the added token '{}' is given twice", token.content);
  if (const AddedToken* same_id = find(token.id))
    fail("two added tokens have the id {}: '{}' and '{}'", token.id, same_id->content, token.content);
  by_id_.emplace(token.id, static_cast<std::uint32_t>(tokens_.size()));
  auto& same_first = by_first_[static_cast<unsigned char>(token.content.front())];
  const auto place = std::find_if(same_first.begin(), same_first.end(),
                                  [&](std::uint32_t index) { return tokens_[index].content.size() < token.content.size(); });
  same_first.insert(place, static_cast<std::uint32_t>(tokens_.size()));
  tokens_.push_back(std::move(token));
}

const AddedToken* AddedTokens::find(TokenId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &tokens_[found->second];
}

const AddedToken* AddedTokens::find(std::string_view content) const {
  if (content.empty()) return nullptr;
  for (const std::uint32_t index : by_first_[static_cast<unsigned char>(content.front())])
    if (tokens_[index].content == content) return &tokens_[index];
  return nullptr;
}

std::optional<AddedTokens::Match> AddedTokens::next(std::string_view text, std::size_t from, bool with_special) const {
  if (tokens_.empty()) return std::nullopt;
  for (std::size_t i = from; i < text.size(); ++i) {
    for (const std::uint32_t index : by_first_[static_cast<unsigned char>(text[i])]) {
      const AddedToken& token = tokens_[index];
      if ((with_special || !token.special) && text.substr(i).starts_with(token.content)) return Match{i, &token};
    }
  }
  return std::nullopt;
}

}  // namespace fathom::text
