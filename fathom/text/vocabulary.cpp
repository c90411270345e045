#include "fathom/text/vocabulary.h"

#include "fathom/base/error.h"

namespace fathom::text {

void Vocabulary::add(TokenId id, std::string spelled, std::string bytes) {
  require(id >= 0 && id <= largest_id, "token '{}' has the id {}; ids are 0 to {}", spelled, id, largest_id);
  const auto index = static_cast<std::size_t>(id);
  if (index >= tokens_.size()) tokens_.resize(index + 1);
  require(!tokens_[index].present, "tokens '{}' and '{}' have the same id {}", tokens_[index].spelled, spelled, id);
  const auto [known, fresh] = ids_.emplace(spelled, id);
  require(fresh, "token '{}' has two ids, {} and {}", spelled, known->second, id);
  tokens_[index] = {true, std::move(spelled), std::move(bytes)};
}

std::optional<TokenId> Vocabulary::find_spelled(std::string_view spelled) const {
  const auto found = ids_.find(spelled);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

}  // namespace fathom::text
