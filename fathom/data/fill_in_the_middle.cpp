#include "fathom/data/fill_in_the_middle.h"

#include <algorithm>
#include <array>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

// Apart from every other use of a document's hash.
constexpr std::uint64_t choice_stream = 0x66696d2d63686f63, cut_stream = 0x66696d2d63757473;

constexpr std::array<std::array<const char*, 3>, 2> spellings = {
    {{"<|fim_begin|>", "<|fim_hole|>", "<|fim_end|>"}, {"<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"}}};

// The number-th character border of the text, counted from its beginning (0) to its end.
std::size_t border(std::string_view text, std::uint64_t number) {
  std::size_t position = 0;
  for (; number > 0; --number) position += std::max<std::size_t>(1, text::character_length(text.substr(position)));
  return position;
}

std::uint64_t characters(std::string_view text) {
  std::uint64_t count = 0;
  for (std::size_t position = 0; position < text.size(); ++count)
    position += std::max<std::size_t>(1, text::character_length(text.substr(position)));
  return count;
}

}  // namespace

FillInTheMiddle::FillInTheMiddle(double rate, std::uint64_t seed, const text::Tokenizer& tokenizer)
    : rate_(rate), seed_(seed), tokenizer_(&tokenizer) {
  for (const auto& names : spellings) {
    const auto begin = tokenizer.token_id(names[0]), hole = tokenizer.token_id(names[1]), end = tokenizer.token_id(names[2]);
    if (!begin || !hole || !end) continue;
    begin_ = *begin;
    hole_ = *hole;
    end_ = *end;
    break;
  }
  if (rate > 0 && begin_ < 0) {
    fail_usage("fim.rate is {}, but the tokenizer has no tokens {}, {} and {}; train it with them, or set fim.rate to 0", rate,
               spellings[0][0], spellings[0][1], spellings[0][2]);
  }
}

bool FillInTheMiddle::applies(std::uint64_t document_hash) const {
  return rate_ > 0 && Rng(seed_ ^ choice_stream, document_hash).uniform() < rate_;
}

FimParts FillInTheMiddle::cut(std::string_view document, std::uint64_t document_hash) const {
  Rng rng(seed_ ^ cut_stream, document_hash);
  const std::uint64_t borders = characters(document) + 1;
  std::uint64_t first = rng.below(borders), second = rng.below(borders);
  if (first > second) std::swap(first, second);
  const std::size_t a = border(document, first), b = a + border(document.substr(a), second - first);
  return {document.substr(0, a), document.substr(a, b - a), document.substr(b)};
}

std::vector<text::TokenId> FillInTheMiddle::encode(std::string_view document, std::uint64_t document_hash, bool parse_special) const {
  const FimParts parts = cut(document, document_hash);
  std::vector<text::TokenId> ids;
  const auto append = [&](text::TokenId mark, std::string_view part) {
    ids.push_back(mark);
    const std::vector<text::TokenId> more = tokenizer_->encode(part, parse_special);
    ids.insert(ids.end(), more.begin(), more.end());
  };
  append(begin_, parts.prefix);
  append(hole_, parts.suffix);
  append(end_, parts.middle);
  return ids;
}

std::vector<text::TokenId> FillInTheMiddle::restore(const std::vector<text::TokenId>& ids) const {
  const auto hole = std::find(ids.begin(), ids.end(), hole_), end = std::find(hole, ids.end(), end_);
  if (begin_ < 0 || ids.empty() || ids.front() != begin_ || end == ids.end()) return ids;
  std::vector<text::TokenId> restored(ids.begin() + 1, hole);
  const auto closing = std::find(end, ids.end(), tokenizer_->eos_id().value_or(-1));
  restored.insert(restored.end(), end + 1, closing);
  restored.insert(restored.end(), hole + 1, end);
  restored.insert(restored.end(), closing, ids.end());
  return restored;
}

}  // namespace fathom::data
