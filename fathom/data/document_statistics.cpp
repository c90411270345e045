#include "fathom/data/document_statistics.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "fathom/text/utf8.h"

namespace fathom::data {
namespace {

constexpr std::uint64_t hash_seed = 0xCBF29CE484222325, hash_multiplier = 0x9E3779B97F4A7C15;
constexpr std::int64_t short_line_characters = 30;

// What a character is to the rules.
enum class Kind : std::uint8_t { space, letter, digit, punctuation, symbol, unspaced };

constexpr std::array<Kind, 128> ascii_kinds = [] {
  std::array<Kind, 128> kinds{};
  kinds.fill(Kind::symbol);
  for (char32_t c = 0; c < 128; ++c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) kinds[c] = Kind::letter;
    if (c >= '0' && c <= '9') kinds[c] = Kind::digit;
  }
  for (const char c : std::string_view(" \t\n\r\f\v")) kinds[static_cast<std::size_t>(c)] = Kind::space;
  for (const char c : std::string_view(".,;:!?'\"()-/")) kinds[static_cast<std::size_t>(c)] = Kind::punctuation;
  return kinds;
}();

bool in(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

// Han with its extensions, kana, Thai and Lao, Burmese, Khmer.
bool is_unspaced(char32_t c) {
  return in(c, 0x4E00, 0x9FFF) || in(c, 0x3041, 0x30FF) || in(c, 0x3400, 0x4DBF) || in(c, 0x20000, 0x3FFFF) || in(c, 0xE01, 0xEDF) ||
         in(c, 0x1000, 0x109F) || in(c, 0x1780, 0x17DD) || in(c, 0xF900, 0xFAFF) || c == 0x3005 || c == 0x3007;
}

Kind kind_of(char32_t c) {
  if (c < 128) return ascii_kinds[c];
  if (is_unspaced(c)) return Kind::unspaced;
  switch (u_charType(static_cast<UChar32>(c))) {
    case U_UPPERCASE_LETTER:
    case U_LOWERCASE_LETTER:
    case U_TITLECASE_LETTER:
    case U_MODIFIER_LETTER:
    case U_OTHER_LETTER:
    case U_NON_SPACING_MARK:
    case U_COMBINING_SPACING_MARK: return Kind::letter;
    case U_DECIMAL_DIGIT_NUMBER:
    case U_LETTER_NUMBER: return Kind::digit;
    case U_SPACE_SEPARATOR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR: return Kind::space;
    case U_DASH_PUNCTUATION:
    case U_START_PUNCTUATION:
    case U_END_PUNCTUATION:
    case U_INITIAL_PUNCTUATION:
    case U_FINAL_PUNCTUATION:
    case U_CONNECTOR_PUNCTUATION:
    case U_OTHER_PUNCTUATION: return Kind::punctuation;
    default: return c == 0x200C || c == 0x200D ? Kind::letter : Kind::symbol;
  }
}

constexpr std::array<std::string_view, 8> stop_words = {"the", "be", "to", "of", "and", "that", "have", "with"};

// 1 bit a stop word; 0 for other words. Punctuation around the word does not count.
unsigned stop_word_bit(std::string_view word) {
  while (!word.empty() && ascii_kinds[static_cast<unsigned char>(word.front()) & 127] != Kind::letter) word.remove_prefix(1);
  while (!word.empty() && ascii_kinds[static_cast<unsigned char>(word.back()) & 127] != Kind::letter) word.remove_suffix(1);
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  for (std::size_t i = 0; i < stop_words.size(); ++i) {
    if (std::equal(word.begin(), word.end(), stop_words[i].begin(), stop_words[i].end(), same)) return 1u << i;
  }
  return 0;
}

constexpr std::array<std::string_view, 8> bullets = {"•", "●", "▪", "‣", "◦", "·", "- ", "* "};
// What ends a sentence, perhaps with a closing quote or bracket behind it.
constexpr std::array<std::string_view, 19> finishers = {".", "!", "?",  "\"", "'",  ")", "…", "。", "！", "？",
                                                        "”", "’", "」", "』", "）", "؟", "।", ";",  ":"};

class Counter {
 public:
  Counter(DocumentStatistics& statistics, std::size_t max_words) : statistics_(statistics), max_words_(max_words) {}

  void line(std::string_view line) {
    const std::int64_t before = statistics_.characters;
    words_of(line);
    const std::int64_t characters = statistics_.characters - before;
    if (characters == 0) return;
    const std::size_t begin = line.find_first_not_of(" \t"), end = line.find_last_not_of(" \t\r");
    const std::string_view trimmed = line.substr(begin, end - begin + 1);
    const auto starts = [&](std::string_view mark) { return trimmed.starts_with(mark); };
    const auto ends = [&](std::string_view mark) { return trimmed.ends_with(mark); };
    ++statistics_.lines;
    statistics_.bullet_lines += std::any_of(bullets.begin(), bullets.end(), starts);
    statistics_.ellipsis_lines += ends("...") || ends("…");
    statistics_.unfinished_lines += std::none_of(finishers.begin(), finishers.end(), ends);
    statistics_.short_lines += characters < short_line_characters;
  }

  void finish() { statistics_.stop_words = std::popcount(seen_stop_words_); }

 private:
  void words_of(std::string_view line) {
    for (std::size_t at = 0; at < line.size();) {
      const auto byte = static_cast<unsigned char>(line[at]);
      std::size_t length = 1;
      Kind kind = Kind::symbol;
      if (byte < 128) {
        kind = ascii_kinds[byte];
      } else if (length = text::character_length(line.substr(at)); length > 0) {
        kind = kind_of(text::code_point(line.substr(at), length));
      } else {
        length = 1;
      }
      if (kind == Kind::space) {
        end_word(line, at);
      } else {
        ++statistics_.characters;
        statistics_.symbols += kind == Kind::symbol;
        statistics_.hashes += byte == '#';
        if (kind == Kind::unspaced) {
          end_word(line, at);
          add_word(line.substr(at, length), 1);
        } else {
          if (characters_ == 0) begin_ = at;
          ++characters_;
          has_letter_ = has_letter_ || kind == Kind::letter;
          only_wide_marks_ = only_wide_marks_ && byte >= 0xE2 && kind == Kind::punctuation;
        }
      }
      at += length;
    }
    end_word(line, line.size());
  }

  void end_word(std::string_view line, std::size_t end) {
    if (characters_ == 0) return;
    const std::string_view word = line.substr(begin_, end - begin_);
    count_ellipses(word);
    // The punctuation between Chinese characters is no word, as that of other scripts is none by itself.
    if (!only_wide_marks_) {
      ++statistics_.spelled_words;
      statistics_.spelled_characters += characters_;
      statistics_.alphabetic_words += has_letter_;
      seen_stop_words_ |= stop_word_bit(word);
      add_word(word, static_cast<std::uint32_t>(std::min<std::int64_t>(characters_, UINT32_MAX)));
    }
    characters_ = 0;
    has_letter_ = false;
    only_wide_marks_ = true;
  }

  void count_ellipses(std::string_view word) {
    for (std::size_t at = word.find("..."); at != std::string_view::npos; at = word.find("...", at + 3)) ++statistics_.ellipses;
    for (std::size_t at = word.find("…"); at != std::string_view::npos; at = word.find("…", at + 3)) ++statistics_.ellipses;
  }

  void add_word(std::string_view word, std::uint32_t characters) {
    ++statistics_.words;
    if (statistics_.first_words.size() >= max_words_) return;
    std::uint64_t hash = hash_seed;
    for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * hash_multiplier;
    statistics_.first_words.push_back({hash ^ (hash >> 29), characters});
  }

  DocumentStatistics& statistics_;
  std::size_t max_words_;
  unsigned seen_stop_words_ = 0;
  // The open word.
  std::size_t begin_ = 0;
  std::int64_t characters_ = 0;
  bool has_letter_ = false, only_wide_marks_ = true;
};

}  // namespace

DocumentStatistics measure_document(std::string_view document, std::size_t max_words) {
  DocumentStatistics statistics;
  statistics.first_words.reserve(std::min(max_words, document.size() / 4));
  Counter counter(statistics, max_words);
  for (std::size_t begin = 0; begin < document.size();) {
    const std::size_t end = std::min(document.find('\n', begin), document.size());
    counter.line(document.substr(begin, end - begin));
    begin = end + 1;
  }
  counter.finish();
  return statistics;
}

}  // namespace fathom::data
