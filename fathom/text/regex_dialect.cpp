#include "fathom/text/regex_dialect.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "fathom/base/error.h"

namespace fathom::text {
namespace {

// Oniguruma's \w. Between brackets it has the decimal digits only, outside all numbers (found out by the reference's cuts).
constexpr std::string_view word_characters = "\\p{Alphabetic}\\p{M}\\p{N}\\p{Pc}";
constexpr std::string_view word_characters_in_set = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
constexpr std::string_view hexadecimal_digits = "0-9A-Fa-f";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hexadecimal(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class Translation {
 public:
  explicit Translation(std::string_view pattern) : pattern_(pattern) {}

  std::string run() {
    while (at_ < pattern_.size()) step();
    if (caseless_) check_caseless();
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(std::string_view construct) const {
    fail("the pattern {} has {}, which is not supported: Oniguruma's meaning of it cannot be told to PCRE2", pattern_, construct);
  }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0'; }
  void copy(std::size_t count) {
    count = std::min(count, pattern_.size() - at_);
    out_ += pattern_.substr(at_, count);
    at_ += count;
  }
  void replace(std::size_t count, std::string_view with) {
    out_ += with;
    at_ += count;
  }

  void step() {
    switch (peek()) {
      case '\\': return escape(false);
      case '[': return character_set();
      case '(': return group();
      case '{': return repetition();
      default: return copy(1);
    }
  }

  // `in_set`: between brackets.
  void escape(bool in_set) {
    const char name = peek(1);
    const auto set = [&](std::string_view members) { replace(2, in_set ? std::string(members) : "[" + std::string(members) + "]"); };
    const auto complement = [&](std::string_view members) {
      if (in_set) refuse(std::string("\\") + name + " in a character class");
      replace(2, "[^" + std::string(members) + "]");
    };
    switch (name) {
      case 's': return replace(2, "\\p{White_Space}");
      case 'S': return replace(2, "\\P{White_Space}");
      case 'd': return replace(2, "\\p{Nd}");
      case 'D': return replace(2, "\\P{Nd}");
      case 'w': return set(in_set ? word_characters_in_set : word_characters);
      case 'W': return complement(word_characters);
      case 'h': return set(hexadecimal_digits);
      case 'H': return complement(hexadecimal_digits);
      case 'v': return replace(2, "\\x0B");
      case 'p':
      case 'P': return property();
      case 'u': return code_point_of_four_digits();
      case 'x':
        if (peek(2) != '{' && !(peek(2) >= '0' && peek(2) <= '7' && is_hexadecimal(peek(3)))) refuse("a byte \\x of a character");
        return copy(2);
      case '\0': refuse("a \\ at its end");
      default: break;
    }
    constexpr std::string_view same_in_both = "tnrfae0123456789AzZGKk";
    if (is_letter(name) && same_in_both.find(name) == std::string_view::npos) refuse(std::string("\\") + name);
    copy(2);
  }

  void property() {
    const std::size_t close = pattern_.find('}', at_);
    if (peek(2) != '{' || close == std::string_view::npos) refuse("\\p without {…}");
    const bool inverted = peek(3) == '^';
    const std::string name(pattern_.substr(at_ + (inverted ? 4 : 3), close - at_ - (inverted ? 4 : 3)));
    // Categories have one or two letters; PCRE2 takes a script's name for script extensions unless told otherwise.
    const bool script = name.size() > 2 && u_getPropertyValueEnum(UCHAR_SCRIPT, name.c_str()) != UCHAR_INVALID_CODE;
    replace(close + 1 - at_, std::string("\\") + peek(1) + "{" + (inverted ? "^" : "") + (script ? "sc:" : "") + name + "}");
  }

  void code_point_of_four_digits() {
    for (std::size_t i = 2; i < 6; ++i)
      if (!is_hexadecimal(peek(i))) refuse("\\u without four hexadecimal digits");
    replace(6, "\\x{" + std::string(pattern_.substr(at_ + 2, 4)) + "}");
  }

  void character_set() {
    copy(1);
    if (peek() == '^') copy(1);
    if (peek() == ']') copy(1);
    while (at_ < pattern_.size() && peek() != ']') {
      if (peek() == '[') refuse(peek(1) == ':' ? "a POSIX bracket [: :]" : "a class within a class");
      if (peek() == '&' && peek(1) == '&') refuse("an intersection of classes (&&)");
      if (peek() == '\\')
        escape(true);
      else
        copy(1);
    }
    copy(1);
  }

  void group() {
    if (peek(1) == '*') refuse("(*");
    if (peek(1) != '?') return copy(1);
    const char kind = peek(2);
    if (kind == ':' || kind == '=' || kind == '!' || kind == '>') return copy(3);
    if (kind == '<') return copy(peek(3) == '=' || peek(3) == '!' ? 4 : 3);
    const std::size_t end = pattern_.find_first_not_of("i-", at_ + 2);
    const char behind = end == std::string_view::npos ? '\0' : pattern_[end];
    if (end == at_ + 2 || (behind != ':' && behind != ')')) refuse(std::string("(?") + kind);
    // An option that stands alone reaches over later alternatives in Oniguruma and not in PCRE2: at the beginning both agree.
    if (behind == ')' && at_ > 0) refuse("an option (?i) inside");
    caseless_ = true;
    copy(end + 1 - at_);
  }

  // {n,m}: a + behind it repeats once more in Oniguruma, and is possessive in PCRE2; a ? behind {n} makes it optional or lazy.
  void repetition() {
    std::size_t i = at_ + 1;
    const auto digits = [&] {
      const std::size_t begin = i;
      while (i < pattern_.size() && is_digit(pattern_[i])) ++i;
      return i > begin;
    };
    const bool least = digits();
    const bool comma = i < pattern_.size() && pattern_[i] == ',';
    if (comma) ++i;
    const bool most = comma && digits();
    const bool closed = i < pattern_.size() && pattern_[i] == '}';
    if (!closed || (!least && !most)) return copy(1);  // not a repetition
    const char behind = i + 1 < pattern_.size() ? pattern_[i + 1] : '\0';
    if (behind == '+') refuse("a counted repetition followed by +");
    if (behind == '?' && !comma) refuse("{n}?");
    if (!least) return replace(2, "{0,");
    copy(i + 1 - at_);
  }

  void check_caseless() const {
    std::string lower(pattern_);
    for (char& c : lower) {
      if (static_cast<unsigned char>(c) >= 0x80) refuse("(?i) with letters beyond ASCII");
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    // What a single character folds to: ß, and the ligatures.
    for (const std::string_view folded : {"ss", "ff", "fi", "fl", "st"})
      if (lower.find(folded) != std::string::npos) refuse(fmt::format("(?i) with '{}', to which one character folds", folded));
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool caseless_ = false;
  std::string out_;
};

}  // namespace

std::string pcre2_pattern(std::string_view oniguruma) { return Translation(oniguruma).run(); }

}  // namespace fathom::text
