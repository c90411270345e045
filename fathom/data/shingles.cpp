#include "fathom/data/shingles.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/data/little_endian.h"
#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

// What a code point is, in the two lowest bits, and what it folds to, in the others.
enum CharacterKind : std::uint32_t { separator = 0, of_word = 1, own_word = 2 };
constexpr char32_t table_size = 0x10000;

bool is_unspaced(UScriptCode script) {
  switch (script) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_BOPOMOFO:
    case USCRIPT_YI:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
    case USCRIPT_TIBETAN:
    case USCRIPT_TAI_LE:
    case USCRIPT_NEW_TAI_LUE:
    case USCRIPT_LANNA:
    case USCRIPT_TAI_VIET: return true;
    default: return false;
  }
}

std::uint32_t classify(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  if ((U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK)) == 0) return separator;
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &status);
  // The prolonged sound mark of kana (U+30FC, U+FF70) belongs to no one script.
  const bool own = is_unspaced(script) || c == 0x30FC || c == 0xFF70;
  return static_cast<std::uint32_t>(u_foldCase(c, U_FOLD_CASE_DEFAULT)) << 2 | (own ? own_word : of_word);
}

const std::vector<std::uint32_t>& character_table() {
  static const std::vector<std::uint32_t> table = [] {
    std::vector<std::uint32_t> kinds(table_size);
    for (char32_t c = 0; c < table_size; ++c) kinds[c] = classify(c);
    return kinds;
  }();
  return table;
}

constexpr std::array<bool, 256> ascii_of_word = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = table[static_cast<std::size_t>(c - 'a' + 'A')] = true;
  return table;
}();

constexpr std::uint64_t ascii_lower_case = 0x2020202020202020;  // sets a bit that digits and small letters have anyway

// Hash of a word's UTF-8 bytes, eight at a time. One path for words of ASCII alone (folded by a mask) and one for folded bytes in pieces;
// both take the same blocks, so they agree.
class WordHash {
 public:
  void block(std::uint64_t eight) { state_ = ShingleRoller::mixed((state_ ^ eight) * 0xd6e8feb86659fd93); }
  void last(std::uint64_t fewer, std::size_t length) {
    block(fewer);
    state_ = ShingleRoller::mixed(state_ ^ (length * 0x9e3779b97f4a7c15));
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0x51ed270b9f3a4d21;
};

std::uint64_t first_bytes(const char* bytes, std::size_t count) {
  char padded[8] = {};
  std::memcpy(padded, bytes, count);
  return load_u64(padded);
}

std::uint64_t hash_of_ascii(std::string_view word, std::size_t readable) {
  WordHash hash;
  std::size_t i = 0;
  for (; i + 8 <= word.size(); i += 8) hash.block(load_u64(word.data() + i) | ascii_lower_case);
  const std::size_t rest = word.size() - i;
  std::uint64_t last = 0;
  if (rest > 0) {
    const std::uint64_t keep = ~std::uint64_t{0} >> (64 - 8 * rest);
    last = ((i + 8 <= readable ? load_u64(word.data() + i) : first_bytes(word.data() + i, rest)) | ascii_lower_case) & keep;
  }
  hash.last(last, word.size());
  return hash.value();
}

// Folded characters of a word of any length, hashed as they come.
class FoldedWord {
 public:
  void add(char32_t character) {
    text::append_utf8(pending_, character);
    while (pending_.size() >= 8) {
      hash_.block(load_u64(pending_.data()));
      pending_.erase(0, 8);
      length_ += 8;
    }
  }
  std::uint64_t value() {
    hash_.last(first_bytes(pending_.data(), pending_.size()), length_ + pending_.size());
    return hash_.value();
  }

 private:
  WordHash hash_;
  std::string pending_;  // fewer than 8 bytes between calls: no allocation
  std::size_t length_ = 0;
};

}  // namespace

WordScanner::WordScanner(std::string_view text) : text_(text) {}

std::size_t WordScanner::next(std::span<Word> words) {
  const std::vector<std::uint32_t>& table = character_table();
  const auto kind_at = [&](std::size_t position, std::size_t& length) -> std::uint32_t {
    const std::string_view rest = text_.substr(position);
    length = text::character_length(rest);
    if (length == 0) {
      length = 1;
      return separator;
    }
    const char32_t character = text::code_point(rest, length);
    return character < table_size ? table[character] : classify(character);
  };
  std::size_t filled = 0, position = position_;
  while (filled < words.size() && position < text_.size()) {
    const auto byte = static_cast<unsigned char>(text_[position]);
    if (byte < 0x80 && !ascii_of_word[byte]) {
      line_begins_ = line_begins_ || byte == '\n' || byte == '\r';
      ++position;
      continue;
    }
    std::size_t length = 1;
    const std::size_t begin = position;
    std::uint32_t kind = byte < 0x80 ? of_word : kind_at(position, length);
    if ((kind & 3) == separator) {
      position += length;
      continue;
    }
    Word& word = words[filled++];
    word.begin = begin;
    word.character = (kind & 3) == own_word;
    word.begins_line = line_begins_;
    line_begins_ = false;
    while (position < text_.size() && ascii_of_word[static_cast<unsigned char>(text_[position])]) ++position;
    const bool ascii = position == text_.size() || static_cast<unsigned char>(text_[position]) < 0x80;
    if (ascii) {
      word.hash = hash_of_ascii(text_.substr(begin, position - begin), text_.size() - begin);
    } else {
      FoldedWord folded;
      position = begin;
      do {
        kind = kind_at(position, length);
        if (position > begin && (kind & 3) != of_word) break;
        folded.add(static_cast<char32_t>(kind >> 2));
        position += length;
      } while (!word.character && position < text_.size());
      word.hash = folded.value();
    }
    word.end = position;
  }
  position_ = position;
  return filled;
}

ShingleRoller::ShingleRoller(const ShingleSize& size)
    : word_weight_(size.characters), character_weight_(size.words), full_(size.words * size.characters) {
  for (const int value : {size.words, size.characters}) {
    require(value >= 1 && value <= 1000, "a shingle of {} words or characters is out of range; 1 to 1000 are possible", value);
  }
  const auto longest = static_cast<std::size_t>(std::max(size.words, size.characters)) + 1;
  ring_.resize(longest);
  powers_.assign(longest, 1);
  for (std::size_t i = 1; i < longest; ++i) powers_[i] = powers_[i - 1] * base;
}

Shingle ShingleRoller::whole() const {
  if (any_ || count_ == 0) return {};
  return {mixed(hash_), ring_[0].begin, ring_[count_ - 1].end};
}

}  // namespace fathom::data
