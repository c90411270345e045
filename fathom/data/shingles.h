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

// Shingles of words that are handed over one by one.
class ShingleRoller {
 public:
  // Throws Error unless both sizes are in 1 … 1000.
  explicit ShingleRoller(const ShingleSize& size);

  // Calls emit(const Shingle&) for each shingle that ends with this word. Rolling hash: a few operations a word.
  template <typename Emit>
  void add(const Word& word, const Emit& emit) {
    std::size_t place = first_ + count_++;
    if (place >= ring_.size()) place -= ring_.size();
    ring_[place] = word;
    weight_ += weight_of(word);
    hash_ = hash_ * base + word.hash;
    while (weight_ >= full_) {
      const Word& begin = ring_[first_];
      emit(Shingle{mixed(hash_), begin.begin, word.end});
      any_ = true;
      weight_ -= weight_of(begin);
      hash_ -= begin.hash * powers_[--count_];
      if (++first_ == ring_.size()) first_ = 0;
    }
  }
  // All words so far as one shingle, if they were too few for one; begin == end when there was no word or there were enough.
  Shingle whole() const;

  // What a word counts, and what makes a shingle, in units of 1/(words · characters).
  int weight_of(const Word& word) const { return word.character ? character_weight_ : word_weight_; }
  int full() const { return full_; }

  static constexpr std::uint64_t base = 0x2d358dccaa6c78a5;  // odd: powers never vanish
  static std::uint64_t mixed(std::uint64_t h) {
    h = (h ^ (h >> 32)) * 0x9fb21c651e98df25;
    return h ^ (h >> 28);
  }

 private:
  int word_weight_, character_weight_, full_;
  std::vector<Word> ring_;  // the words of the run that grows and shrinks
  std::vector<std::uint64_t> powers_;
  std::size_t first_ = 0, count_ = 0;
  int weight_ = 0;
  std::uint64_t hash_ = 0;
  bool any_ = false;
};

// The shingle hash of words of any number, as ShingleRoller::whole() gives it.
class RunHash {
 public:
  void add(const Word& word) { hash_ = hash_ * ShingleRoller::base + word.hash; }
  std::uint64_t value() const { return ShingleRoller::mixed(hash_); }

 private:
  std::uint64_t hash_ = 0;
};

// Every shingle of a text: one begins at each word behind which enough follow.
template <typename Emit>
Shingle for_each_shingle(std::string_view text, const ShingleSize& size, const Emit& emit) {
  ShingleRoller roller(size);
  WordScanner scanner(text);
  std::array<Word, 256> words;
  while (const std::size_t count = scanner.next(words)) {
    for (std::size_t i = 0; i < count; ++i) roller.add(words[i], emit);
  }
  return roller.whole();
}

}  // namespace fathom::data
