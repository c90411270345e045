#include "fathom/data/token_splitting.h"

#include <unicode/uchar.h>

#include <string>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

constexpr std::uint64_t split_stream = 0x73706c69742d746f;

// The bytes of a token; none for an id that the vocabulary leaves out.
std::string bytes_of(const text::Tokenizer& tokenizer, text::TokenId id) {
  try {
    return tokenizer.token_bytes(id);
  } catch (const Error&) {
    return {};
  }
}

// The borders between the characters of a token that joins punctuation and line breaks; none for any other token.
std::vector<std::size_t> borders_of_joined(std::string_view bytes) {
  constexpr std::uint32_t punctuation = U_GC_P_MASK | U_GC_S_MASK;
  std::vector<std::size_t> borders;
  bool has_punctuation = false, has_break = false;
  for (std::size_t position = 0; position < bytes.size();) {
    const std::size_t length = text::character_length(bytes.substr(position));
    if (length == 0) return {};
    const auto character = static_cast<UChar32>(text::code_point(bytes.substr(position), length));
    if (character == '\n' || character == '\r') {
      has_break = true;
    } else if ((U_GET_GC_MASK(character) & punctuation) != 0) {
      has_punctuation = true;
    } else if (!u_isUWhiteSpace(character)) {
      return {};
    }
    if (position > 0) borders.push_back(position);
    position += length;
  }
  return has_punctuation && has_break ? borders : std::vector<std::size_t>{};
}

}  // namespace

TokenSplitter::TokenSplitter(double rate, std::uint64_t seed, const text::Tokenizer& tokenizer) : rate_(rate), seed_(seed) {
  if (rate <= 0) return;
  for (std::int64_t i = 0; i < tokenizer.vocab_size(); ++i) {
    const auto id = static_cast<text::TokenId>(i);
    if (tokenizer.is_special(id)) continue;
    const std::string bytes = bytes_of(tokenizer, id);
    std::vector<std::vector<text::TokenId>> ways;
    for (const std::size_t border : borders_of_joined(bytes)) {
      std::vector<text::TokenId> ids = tokenizer.encode(std::string_view(bytes).substr(0, border), false);
      const std::vector<text::TokenId> rest = tokenizer.encode(std::string_view(bytes).substr(border), false);
      ids.insert(ids.end(), rest.begin(), rest.end());
      // A tokenizer that normalises text may not give the parts back.
      if (tokenizer.decode(ids) == bytes) ways.push_back(std::move(ids));
    }
    if (!ways.empty()) alternatives_.emplace(id, std::move(ways));
  }
}

TokenSplitter::Counts TokenSplitter::split(std::vector<text::TokenId>& ids, std::uint64_t document_hash) const {
  Counts counts;
  if (alternatives_.empty()) return counts;
  Rng rng(seed_ ^ split_stream, document_hash);
  std::vector<text::TokenId> result;
  result.reserve(ids.size() + ids.size() / 16);
  for (const text::TokenId id : ids) {
    const auto found = alternatives_.find(id);
    if (found == alternatives_.end()) {
      result.push_back(id);
      continue;
    }
    ++counts.candidates;
    if (rng.uniform() >= rate_) {
      result.push_back(id);
      continue;
    }
    ++counts.split;
    const auto& way = found->second[rng.below(found->second.size())];
    result.insert(result.end(), way.begin(), way.end());
  }
  ids = std::move(result);
  return counts;
}

}  // namespace fathom::data
