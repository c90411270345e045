// Cuts text into words by hand-written code for the patterns of known_patterns.h: the same words as the regular expressions
// (tests/text/word_scanner_test.cpp holds the two against each other), many times faster.
#pragma once

#include <cstddef>
#include <string_view>

#include "fathom/text/character_reader.h"
#include "fathom/text/known_patterns.h"
#include "fathom/text/word_ends.h"

namespace fathom::text {
namespace scan {

// Steps of a pre-tokenizer Sequence: each hands the pieces of `piece` to `visit`, in order; none is empty.

// Cuts out every character of `Wanted`.
template <CharacterClass Wanted, typename Visit>
void single_characters(const UnicodeClasses& classes, std::string_view piece, const Visit& visit) {
  const CharacterReader text(piece, classes);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t gap = text.run_without(at, Wanted);
    if (gap > at) visit(text.view(at, gap));
    if (gap == text.size()) return;
    std::size_t length = 0;
    text.at(gap, length);
    visit(text.view(gap, gap + length));
    at = gap + length;
  }
}

// Cuts out runs of `Wanted` (`[…]+`).
template <CharacterClass Wanted, typename Visit>
void runs(const UnicodeClasses& classes, std::string_view piece, const Visit& visit) {
  const CharacterReader text(piece, classes);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t gap = text.run_without(at, Wanted);
    if (gap > at) visit(text.view(at, gap));
    at = text.run(gap, Wanted);
    if (at > gap) visit(text.view(gap, at));
  }
}

// Cuts out what `Match` finds: the end of the match that begins at a place, that place when none does. What lies between stays together.
template <std::size_t (*Match)(const CharacterReader&, std::size_t), typename Visit>
void matches(const UnicodeClasses& classes, std::string_view piece, const Visit& visit) {
  const CharacterReader text(piece, classes);
  std::size_t done = 0, at = 0;
  while (at < text.size()) {
    const std::size_t end = Match(text, at);
    if (end == at) {
      std::size_t length = 0;
      text.at(at, length);
      at += length;
      continue;
    }
    if (at > done) visit(text.view(done, at));
    visit(text.view(at, end));
    done = at = end;
  }
  if (done < text.size()) visit(text.view(done, text.size()));
}

// A run of `Wanted` with the white-space character before it (`\s?[…]+`).
template <CharacterClass Wanted>
std::size_t run_after_space(const CharacterReader& text, std::size_t at) {
  std::size_t length = 0;
  const CharacterClass here = text.at(at, length);
  const bool begins = (here & Wanted) || ((here & space) && (text.peek(at + length) & Wanted));
  return begins ? text.run(at + length, Wanted) : at;
}

// Cuts off the white space at the end (`\s+$`).
template <typename Visit>
void trailing_space(const UnicodeClasses& classes, std::string_view piece, const Visit& visit) {
  const CharacterReader text(piece, classes);
  std::size_t begin = text.size();
  while (begin > 0) {
    std::size_t at = begin - 1;
    while ((static_cast<unsigned char>(text.byte(at)) & 0xC0) == 0x80) --at;
    if (!(text.peek(at) & space)) break;
    begin = at;
  }
  if (begin > 0) visit(text.view(0, begin));
  if (begin < text.size()) visit(text.view(begin, text.size()));
}

template <std::size_t (*WordEnd)(const CharacterReader&, std::size_t), typename Visit>
void words(const UnicodeClasses& classes, std::string_view piece, const Visit& visit) {
  const CharacterReader text(piece, classes);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = WordEnd(text, at);
    visit(text.view(at, end));
    at = end;
  }
}

template <typename Visit>
void deepseek_v3(const UnicodeClasses& classes, std::string_view piece, const Visit& visit) {
  const CharacterReader text(piece, classes);
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0;
    const CharacterClass first = text.at(at, length);
    std::size_t end = at + length;
    if (first & number) {
      for (int digits = 1; digits < 3 && end < text.size() && (text.at(end, length) & number); ++digits) end += length;
      visit(text.view(at, end));
    } else {
      end = first & v3_cjk ? text.run(end, v3_cjk) : text.run_without(end, number | v3_cjk);
      matches<deepseek_v3_match>(classes, text.view(at, end), visit);
    }
    at = end;
  }
}

template <typename Visit>
void gpt2_digits_apart(const UnicodeClasses& classes, std::string_view piece, const Visit& visit) {
  single_characters<number>(classes, piece, [&](std::string_view part) { words<gpt2_word>(classes, part, visit); });
}

// Letters of ASCII behind at most one space: no later step of the two patterns below cuts them.
inline bool is_plain_word(std::string_view piece) {
  for (std::size_t i = piece.front() == ' ' ? 1 : 0; i < piece.size(); ++i)
    if (!is_ascii_letter(piece[i])) return false;
  return piece.back() != ' ';
}

template <typename Visit>
void deepseek_llm(const UnicodeClasses& classes, std::string_view text, const Visit& visit) {
  const auto digits = [&](std::string_view piece) { single_characters<number>(classes, piece, visit); };
  const auto cjk = [&](std::string_view piece) { runs<deepseek_cjk>(classes, piece, digits); };
  const auto space_at_end = [&](std::string_view piece) { trailing_space(classes, piece, cjk); };
  const auto signs = [&](std::string_view piece) {
    if (is_plain_word(piece)) return visit(piece);
    matches<run_after_space<deepseek_punctuation>>(classes, piece, space_at_end);
  };
  const auto letters = [&](std::string_view piece) { matches<run_after_space<deepseek_letter>>(classes, piece, signs); };
  single_characters<line_end>(classes, text, letters);
}

template <typename Visit>
void deepseek_coder(const UnicodeClasses& classes, std::string_view text, const Visit& visit) {
  const auto digits = [&](std::string_view piece) { single_characters<number>(classes, piece, visit); };
  const auto cjk = [&](std::string_view piece) { runs<deepseek_cjk>(classes, piece, digits); };
  const auto signs = [&](std::string_view piece) {
    if (is_plain_word(piece)) return visit(piece);
    matches<run_after_space<punctuation>>(classes, piece, cjk);
  };
  const auto letters = [&](std::string_view piece) { matches<run_after_space<letter>>(classes, piece, signs); };
  single_characters<line_end>(classes, text, letters);
}

}  // namespace scan

// Hands the words of valid UTF-8 to `visit`, in order; joined they are `text`.
template <typename Visit>
void for_each_word(WordPattern pattern, std::string_view text, const Visit& visit) {
  const UnicodeClasses& classes = UnicodeClasses::get();
  switch (pattern) {
    case WordPattern::gpt2: return scan::words<scan::gpt2_word>(classes, text, visit);
    case WordPattern::gpt2_digits_apart: return scan::gpt2_digits_apart(classes, text, visit);
    case WordPattern::llama3: return scan::words<scan::llama3_word<3, false>>(classes, text, visit);
    case WordPattern::llama3_caseless: return scan::words<scan::llama3_word<3, true>>(classes, text, visit);
    case WordPattern::qwen2: return scan::words<scan::llama3_word<1, true>>(classes, text, visit);
    case WordPattern::deepseek_v3: return scan::deepseek_v3(classes, text, visit);
    case WordPattern::deepseek_llm: return scan::deepseek_llm(classes, text, visit);
    case WordPattern::deepseek_coder: return scan::deepseek_coder(classes, text, visit);
  }
}

}  // namespace fathom::text
