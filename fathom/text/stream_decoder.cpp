#include "fathom/text/tokenizer.h"
#include "fathom/text/utf8.h"

namespace fathom::text {

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, bool skip_special) : tokenizer_(&tokenizer), skip_special_(skip_special) {}

std::string StreamDecoder::push(TokenId id) {
  if (skip_special_ && tokenizer_->is_special(id)) return {};
  pending_ += tokenizer_->token_bytes(id);
  // Only a character that more bytes could complete is held back. Bytes that can belong to none are passed on.
  std::size_t end = valid_prefix(pending_);
  while (end < pending_.size() && !is_unfinished_character(std::string_view(pending_).substr(end))) {
    ++end;
    end += valid_prefix(std::string_view(pending_).substr(end));
  }
  std::string whole = pending_.substr(0, end);
  pending_.erase(0, end);
  return whole;
}

std::string StreamDecoder::flush() {
  std::string rest;
  rest.swap(pending_);
  return rest;
}

}  // namespace fathom::text
