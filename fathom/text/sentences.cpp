#include "fathom/text/sentences.h"

#include <unicode/brkiter.h>

#include <cstdint>

#include "fathom/base/error.h"
#include "fathom/text/icu_text.h"

namespace fathom::text {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_terminal(char c) { return c == '.' || c == '?' || c == '!'; }

// [begin, end) without white space at its ends: ASCII's, no-break space and the ideographic space.
Span trimmed(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::string_view wide_spaces[] = {"\u00A0", "\u3000"};
  for (bool changed = true; changed && begin < end;) {
    changed = false;
    if (is_space(text[begin])) ++begin, changed = true;
    if (begin < end && is_space(text[end - 1])) --end, changed = true;
    for (const std::string_view space : wide_spaces) {
      if (text.substr(begin, end - begin).starts_with(space)) begin += space.size(), changed = true;
      if (text.substr(begin, end - begin).ends_with(space)) end -= space.size(), changed = true;
    }
  }
  return {begin, end};
}

// The pieces of a sentence between marks that stand alone. Of several such marks in a row (". . .") the last one counts.
void add_pieces(std::string_view text, Span sentence, std::vector<Span>& sentences) {
  const auto stands_alone = [&](std::size_t at) {
    return at > sentence.begin && at + 1 < sentence.end && is_terminal(text[at]) && text[at - 1] == ' ' && text[at + 1] == ' ';
  };
  std::size_t begin = sentence.begin;
  for (std::size_t at = sentence.begin; at < sentence.end; ++at) {
    if (!stands_alone(at) || (at + 2 < sentence.end && is_terminal(text[at + 2]))) continue;
    const Span piece = trimmed(text, begin, at + 1);
    if (piece.begin < piece.end) sentences.push_back(piece);
    begin = at + 1;
  }
  const Span rest = trimmed(text, begin, sentence.end);
  if (rest.begin < rest.end) sentences.push_back(rest);
}

}  // namespace

struct SentenceSplitter::State {
  std::unique_ptr<icu::BreakIterator> iterator;
};

SentenceSplitter::SentenceSplitter() : state_(std::make_unique<State>()) {
  UErrorCode status = U_ZERO_ERROR;
  // "ss=standard": not after the abbreviations that the Unicode locale data list for the language.
  state_->iterator.reset(icu::BreakIterator::createSentenceInstance(icu::Locale("en@ss=standard"), status));
  require(U_SUCCESS(status) && state_->iterator, "ICU has no sentence boundaries ({}); its data library is missing", u_errorName(status));
}
SentenceSplitter::~SentenceSplitter() = default;
SentenceSplitter::SentenceSplitter(SentenceSplitter&&) noexcept = default;
SentenceSplitter& SentenceSplitter::operator=(SentenceSplitter&&) noexcept = default;

std::vector<Span> SentenceSplitter::split(std::string_view text) {
  std::vector<Span> sentences;
  IcuText icu_text(text);
  icu_text.give_to(*state_->iterator);
  std::size_t begin = 0;
  state_->iterator->first();
  for (std::int32_t boundary = state_->iterator->next(); boundary != icu::BreakIterator::DONE; boundary = state_->iterator->next()) {
    const std::size_t end = static_cast<std::size_t>(boundary);
    add_pieces(text, trimmed(text, begin, end), sentences);
    begin = end;
  }
  return sentences;
}

}  // namespace fathom::text
