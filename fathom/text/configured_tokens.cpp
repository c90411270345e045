#include "fathom/text/configured_tokens.h"

#include <charconv>
#include <map>

#include "fathom/base/error.h"
#include "fathom/text/tokenizer_json.h"

namespace fathom::text {

void add_configured_tokens(const TokenizerConfig& config, const Vocabulary& vocabulary, AddedTokens& added) {
  const auto found = config.json().find("added_tokens_decoder");
  if (found == config.json().end() || found->is_null()) return;
  const std::string origin = config.origin() + ": added_tokens_decoder";
  require(found->is_object(), "{} must be an object of ids and tokens", origin);
  std::map<TokenId, Json> by_id;
  for (const auto& [key, description] : found->items()) {
    TokenId id = 0;
    const auto [stop, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    require(error == std::errc() && stop == key.data() + key.size(), "{}: '{}' is no token id", origin, key);
    by_id.emplace(id, Json(description));
  }
  for (const auto& [id, description] : by_id) {
    const std::string where = fmt::format("{}: {}", origin, id);
    AddedToken token = parse_added_token(description, id, where);
    const AddedToken* known = added.find(token.content);
    require(known == nullptr || known->id == id, "{}: '{}' has the id {} in tokenizer.json", where, token.content, known ? known->id : 0);
    if (known == nullptr) add_token(added, std::move(token), vocabulary, where);
  }
}

}  // namespace fathom::text
