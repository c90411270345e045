// Text as duplicate search and decontamination compare it: words without case and punctuation, and runs of them.
//
// A word is a run of letters, marks and digits (Unicode general categories L, M, N), case-folded (simple folding). In scripts that
// are written without spaces (Han, kana, Bopomofo, Yi, Thai, Lao, Khmer, Myanmar, Tibetan, Tai) every character is a word of its own.
// Everything else, bytes that are no UTF-8 included, only separates words. So "Don't!" is the words "don" and "t", and texts that
// differ in case, punctuation or line breaks are the same words. Canonically equivalent spellings (é as one or two characters)
// are different; normalise first.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace fathom::data {

struct Word {
  std::uint64_t hash = 0;          // of its case-folded characters
  std::size_t begin = 0, end = 0;  // bytes of the text
  bool character = false;          // one character of a script without spaces
  bool begins_line = false;        // first word after a line break, or of the text
};

// The words of a text, in order, some at a time: memory does not depend on the text's length. The text must outlive the scanner.
class WordScanner {
 public:
  explicit WordScanner(std::string_view text);
  // Fills `words` from the front; returns how many, fewer than there is room for only at the end of the text.
  std::size_t next(std::span<Word> words);

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  bool line_begins_ = true;
};

// How long a shingle is: this many words, or this many characters of scripts without spaces. A mixed run counts 1/words for each word
// and 1/characters for each character, and is complete when the sum reaches 1: whether a passage is a shingle does not depend on
// what surrounds it.
struct ShingleSize {
  int words = 5;
  int characters = 8;
  bool operator==(const ShingleSize&) const = default;
};

struct Shingle {
  std::uint64_t hash = 0;          // of the words' hashes, in order
  std::size_t begin = 0, end = 0;  // bytes of the text, from the first word's begin to the last word's end
};

// Every shingle of a text: one begins at each word behind which enough follow. Rolling hash, a few operations a word.
class ShingleScanner {
 public:
  // Throws Error unless both sizes are in 1 … 1000.
  ShingleScanner(std::string_view text, ShingleSize size);
  ~ShingleScanner();
  ShingleScanner(const ShingleScanner&) = delete;
  ShingleScanner& operator=(const ShingleScanner&) = delete;
  // As WordScanner::next.
  std::size_t next(std::span<Shingle> shingles);
  // After the end: all words as one shingle, if they were too few for one; begin == end when there was no word or there were enough.
  Shingle whole() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::data
