// Where words end, by hand-written code for each of the patterns of known_patterns.h that is a list of alternatives. Every function
// takes a place at which a match may begin; the comments give the alternatives that a branch stands for.
#pragma once

#include <cstddef>

#include "fathom/text/character_reader.h"

namespace fathom::text::scan {

using namespace character_class;

inline bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Length of a contraction ('s 't 're 've 'm 'll 'd) at the apostrophe at `at`; 0: none. `any_case`: capitals too. `long_s`: U+017F
// is an s as well, as case folding has it.
inline std::size_t contraction(const CharacterReader& text, std::size_t at, bool any_case, bool long_s) {
  const auto letter_at = [&](std::size_t i) {
    const char c = i < text.size() ? text.byte(i) : '\0';
    return any_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  const char first = letter_at(at + 1), second = letter_at(at + 2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l')) return 3;
  if (long_s && at + 2 < text.size() && text.byte(at + 1) == '\xC5' && text.byte(at + 2) == '\xBF') return 3;
  return 0;
}

// `\s+(?!\S)|\s+` for the run of white space [at, end): all of it at the end of the text, else all but its last character, which goes
// to the word behind it, unless it is the only one.
inline std::size_t white_space(const CharacterReader& text, std::size_t at, std::size_t end) {
  if (end == text.size()) return end;
  std::size_t last = end - 1;
  while ((static_cast<unsigned char>(text.byte(last)) & 0xC0) == 0x80) --last;
  return last > at ? last : end;
}

// `\s*[\r\n]+|\s+(?!\S)|\s+` for white space at `at`: up to the last line end of the run, if it has one.
inline std::size_t lines_or_white_space(const CharacterReader& text, std::size_t at) {
  const std::size_t end = text.run(at, space);
  for (std::size_t i = end; i > at; --i)
    if (text.byte(i - 1) == '\n' || text.byte(i - 1) == '\r') return i;
  return white_space(text, at, end);
}

// Each returns where the word ends that begins at `at`; every character begins one.
inline std::size_t gpt2_word(const CharacterReader& text, std::size_t at) {
  std::size_t length = 0;
  const CharacterClass first = text.at(at, length);
  if (first & letter) return text.run(at + length, letter);
  if (text.byte(at) == '\'')
    if (const std::size_t found = contraction(text, at, false, false)) return at + found;
  std::size_t begin = at;
  CharacterClass lead = first;
  if (text.byte(at) == ' ' && at + 1 < text.size()) {
    const CharacterClass next = text.at(at + 1, length);
    if (!(next & space)) {
      lead = next;
      begin = at + 1;
    }
  }
  if (lead & letter) return text.run(begin + length, letter);
  if (lead & number) return text.run(begin + length, number);
  if (lead & space) return white_space(text, at, text.run(at, space));
  return text.run_without(begin + length, space | letter | number);
}

template <int MostDigits, bool LongS>
std::size_t llama3_word(const CharacterReader& text, std::size_t at) {
  std::size_t length = 0, next_length = 0;
  const CharacterClass first = text.at(at, length);
  if (first & letter) return text.run(at + length, letter);
  if (first & number) {
    std::size_t end = at + length;
    for (int digits = 1; digits < MostDigits && end < text.size() && (text.at(end, length) & number); ++digits) end += length;
    return end;
  }
  if (text.byte(at) == '\'')
    if (const std::size_t found = contraction(text, at, true, LongS)) return at + found;
  const std::size_t behind = at + length;
  const CharacterClass next = behind < text.size() ? text.at(behind, next_length) : CharacterClass{0};
  if (!(first & line_end) && (next & letter)) return text.run(behind + next_length, letter);
  if (!(first & space)) return text.run(text.run_without(behind, space | letter | number), line_end);
  if (text.byte(at) == ' ' && behind < text.size() && !(next & (space | letter | number)))
    return text.run(text.run_without(behind + next_length, space | letter | number), line_end);
  return lines_or_white_space(text, at);
}

// Where the match of DeepSeek-V3's third pattern ends that begins at `at`; `at` itself: none begins here.
inline std::size_t deepseek_v3_match(const CharacterReader& text, std::size_t at) {
  constexpr CharacterClass word = letter | mark, sign = punctuation | symbol;
  std::size_t length = 0;
  const CharacterClass first = text.at(at, length);
  if (first & letter) return text.run(at + length, word);
  const std::size_t behind = at + length;
  if ((first & sign) && length == 1 && behind < text.size() && is_ascii_letter(text.byte(behind))) {
    std::size_t end = behind + 1;
    while (end < text.size() && is_ascii_letter(text.byte(end))) ++end;
    return end;
  }
  if (first & sign) return text.run(text.run(behind, sign), line_end);
  const CharacterClass next = text.peek(behind);
  if (!(first & line_end) && (next & word)) return text.run(behind, word);
  if (first & mark) return behind;
  if (text.byte(at) == ' ' && (next & sign)) return text.run(text.run(behind, sign), line_end);
  if (first & space) return lines_or_white_space(text, at);
  return at;
}

}  // namespace fathom::text::scan
