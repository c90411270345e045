#include "fathom/ask/citation_constraint.h"

#include <algorithm>
#include <limits>
#include <set>

#include "fathom/base/error.h"

namespace fathom::ask {
namespace {

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// Whether some number up to `most` is written with these digits first.
bool begins_number(std::int64_t digits, std::int64_t most) {
  for (std::int64_t low = digits, high = digits; low <= most; low *= 10, high = high * 10 + 9)
    if (high >= 1) return true;
  return false;
}

}  // namespace

bool CitationState::take(char byte) {
  if (!open_) {
    open_ = byte == '[';
    number_ = 0;
    return true;
  }
  if (is_digit(byte)) {
    const std::int64_t digits = 10 * number_ + (byte - '0');
    if (digits == 0 || !begins_number(digits, passages_)) return false;  // no passage has the number 0
    number_ = digits;
    return true;
  }
  if (number_ == 0) {  // "[" of something else
    open_ = byte == '[';
    return true;
  }
  if (byte != ']') return false;
  open_ = false;
  return true;
}

bool CitationState::take(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [this](char byte) { return take(byte); });
}

CitationConstraint::CitationConstraint(const text::Tokenizer& tokenizer, std::int64_t passages) : passages_(passages) {
  require(passages >= 1, "an answer needs at least one passage to cite");
  for (std::int64_t id = 0; id < tokenizer.vocab_size(); ++id) {
    const auto token = static_cast<text::TokenId>(id);
    // A special token is not part of the text that is shown.
    tokens_.push_back(tokenizer.decode({token}, /*skip_special=*/true).empty() ? "" : tokenizer.token_bytes(token));
    if (tokens_.back().find('[') != std::string::npos) with_bracket_.push_back(id);
  }
}

void CitationConstraint::restrict(const std::vector<std::int64_t>& generated, float* logits, std::int64_t vocab) const {
  constexpr float never = -std::numeric_limits<float>::infinity();
  const auto known = static_cast<std::int64_t>(tokens_.size());
  CitationState state(passages_);
  for (const std::int64_t id : generated)
    if (id < known) state.take(tokens_[static_cast<std::size_t>(id)]);
  const auto allowed = [&](std::int64_t id) { return CitationState(state).take(tokens_[static_cast<std::size_t>(id)]); };
  if (!state.open()) {  // only what holds a "[" itself can go wrong
    for (const std::int64_t id : with_bracket_)
      if (id < vocab && !allowed(id)) logits[id] = never;
    return;
  }
  bool any = false;
  for (std::int64_t id = 0; id < vocab; ++id) {
    if (id < known && !tokens_[static_cast<std::size_t>(id)].empty() && allowed(id))
      any = true;
    else
      logits[id] = never;
  }
  require(any, "this tokenizer has no token that can close a citation: ']' and digits are needed");
}

std::vector<std::int64_t> citations_in(std::string_view text) {
  std::set<std::int64_t> numbers;
  for (std::size_t begin = text.find('['); begin != std::string_view::npos; begin = text.find('[', begin + 1)) {
    std::int64_t number = 0;
    std::size_t end = begin + 1;
    while (end < text.size() && is_digit(text[end]) && number < 1'000'000) number = 10 * number + (text[end++] - '0');
    if (end > begin + 1 && end < text.size() && text[end] == ']') numbers.insert(number);
  }
  return {numbers.begin(), numbers.end()};
}

}  // namespace fathom::ask
