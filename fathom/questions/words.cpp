#include "fathom/questions/words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "fathom/text/unicode_classes.h"
#include "fathom/text/utf8.h"
#include "fathom/text/words.h"

namespace fathom::questions {
namespace {

using text::UnicodeClasses;
namespace is = text::character_class;

// Abbreviations that keep their full stop, lower-cased, in order.
constexpr std::array<std::string_view, 60> abbreviations = {
    "adm", "apr",  "assn", "aug",  "ave",    "bros", "brig", "capt", "cie", "cmdr", "co",   "col",  "corp", "ct",  "dec",
    "det", "dist", "dr",   "est",  "etc",    "feb",  "ft",   "gen",  "gov", "hon",  "inc",  "jan",  "jr",   "jul", "jun",
    "lt",  "ltd",  "maj",  "mar",  "messrs", "mfg",  "mr",   "mrs",  "ms",  "mt",   "mts",  "nov",  "oct",  "op",  "ph",
    "pl",  "pres", "prof", "prop", "pty",    "rep",  "reps", "rev",  "sec", "sen",  "sens", "sept", "sgt",  "st",  "vs"};

bool is_abbreviation(std::string_view word) {
  const std::string lower = text::lower_case(word);
  return std::find(abbreviations.begin(), abbreviations.end(), lower) != abbreviations.end();
}

struct Character {
  char32_t code = 0;
  std::size_t length = 0;  // bytes; 0 at the end
  text::CharacterClass classes = 0;
  bool has(text::CharacterClass wanted) const { return (classes & wanted) != 0; }
  bool is_word() const { return has(is::letter | is::number | is::mark); }
};

Character character_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {};
  const std::size_t length = text::character_length(text.substr(at));
  if (length == 0) return {0xFFFD, 1, is::symbol};
  const char32_t code = text::code_point(text.substr(at), length);
  return {code, length, UnicodeClasses::get().of(code)};
}

bool is_digit(char32_t code) { return code >= '0' && code <= '9'; }
// What the treebank writes as a word of its own even inside a word: superscripts and fractions.
bool is_small_number(char32_t code) { return code == 0xB2 || code == 0xB3 || code == 0xB9 || (code >= 0xBC && code <= 0xBE); }

// Bytes of the clitic that the word ends with, its apostrophe included; 0: none.
std::size_t clitic_bytes(std::string_view word) {
  std::size_t apostrophe = word.rfind('\'');
  std::size_t apostrophe_bytes = 1;
  if (const std::size_t typographic = word.rfind("’");
      typographic != std::string_view::npos && (apostrophe == std::string_view::npos || typographic > apostrophe)) {
    apostrophe = typographic;
    apostrophe_bytes = std::string_view("’").size();
  }
  if (apostrophe == std::string_view::npos || apostrophe == 0) return 0;
  std::string letters(word.substr(apostrophe + apostrophe_bytes));
  for (char& c : letters) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* clitic : {"s", "m", "d", "re", "ve", "ll"})
    if (letters == clitic) return word.size() - apostrophe;
  if (letters == "t" && (word[apostrophe - 1] == 'n' || word[apostrophe - 1] == 'N') && apostrophe > 1) return word.size() - apostrophe + 1;
  return 0;
}

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    for (std::size_t at = 0; at < text_.size();) {
      const Character here = character_at(text_, at);
      if (here.has(is::space)) {
        at += here.length;
      } else if (here.is_word() && !is_small_number(here.code)) {
        at = add_word(at);
      } else {
        at = add_sign(at, here);
      }
    }
    return std::move(tokens_);
  }

 private:
  void add(std::string word, std::size_t begin, std::size_t end) { tokens_.push_back({std::move(word), begin, end}); }
  void add(std::size_t begin, std::size_t end) { add(std::string(text_.substr(begin, end - begin)), begin, end); }

  // Where the word that begins here ends, without a full stop behind it.
  std::size_t end_of_word(std::size_t begin) const {
    std::size_t at = begin;
    Character before{};
    while (true) {
      const Character here = character_at(text_, at);
      if (here.length == 0) return at;
      if (!here.is_word() || is_small_number(here.code)) {
        const Character after = character_at(text_, at + here.length);
        if (!after.is_word() || is_small_number(after.code) || !joins(before, here, after)) return at;
      }
      before = here;
      at += here.length;
    }
  }

  // Whether a sign between two characters of words belongs to the word.
  static bool joins(const Character& before, const Character& sign, const Character& after) {
    switch (sign.code) {
      case '-':
      case 0x2010:  // hyphen
      case 0x2011:  // that does not break
      case '_':
      case '@': return true;
      case '.': return true;
      case ',':
      case ':': return is_digit(before.code) && is_digit(after.code);
      case '&': return before.has(is::letter) && after.has(is::letter);
      case '/': return before.has(is::letter) == after.has(is::letter);
      case '\'':
      case 0x2019: return true;
      default: return false;
    }
  }

  std::size_t add_word(std::size_t begin) {
    std::size_t end = end_of_word(begin);
    std::string_view word = text_.substr(begin, end - begin);
    const Character after = character_at(text_, end);
    if (after.code == '$' && (word == "US" || word == "HK" || word == "A" || word == "C" || word == "NZ")) {
      end += 1;
    } else if (after.code == '.' && character_at(text_, end + 1).code != '.' && keeps_full_stop(word, end + 1)) {
      end += 1;
    } else if (const std::size_t clitic = clitic_bytes(word); clitic > 0) {
      add_stem(begin, end - clitic);
      std::string spelled(text_.substr(end - clitic, clitic));
      if (const std::size_t typographic = spelled.find("’"); typographic != std::string::npos) spelled.replace(typographic, 3, "'");
      add(std::move(spelled), end - clitic, end);
      return end;
    }
    add_stem(begin, end);
    return end;
  }

  // A word without clitics.
  void add_stem(std::size_t begin, std::size_t end) {
    const std::string_view word = text_.substr(begin, end - begin);
    if (word == "cannot" || word == "Cannot") {
      add(begin, begin + 3);
      add(begin + 3, end);
      return;
    }
    std::string spelled(word);
    for (std::size_t at = spelled.find("’"); at != std::string::npos; at = spelled.find("’", at)) spelled.replace(at, 3, "'");
    add(std::move(spelled), begin, end);
  }

  // Whether the full stop that ends at `end` belongs to the word before it.
  bool keeps_full_stop(std::string_view word, std::size_t end) const {
    if (word == "No" || word == "no") return character_at(text_, end).code == ' ' && is_digit(character_at(text_, end + 1).code);
    const std::size_t last_dot = word.rfind('.');
    const std::string_view last = last_dot == std::string_view::npos ? word : word.substr(last_dot + 1);
    if (last.size() == 1 && std::isalpha(static_cast<unsigned char>(last[0])) != 0)
      return last_dot != std::string_view::npos || last == "v" || std::isupper(static_cast<unsigned char>(last[0])) != 0;
    return last_dot == std::string_view::npos && is_abbreviation(word);
  }

  // Whether a quote at `at` opens: what stands before it is white space, an opening bracket or nothing.
  bool opens(std::size_t at) const {
    if (at == 0) return true;
    const char before = text_[at - 1];
    return std::isspace(static_cast<unsigned char>(before)) != 0 || before == '(' || before == '[' || before == '{' || before == '-' ||
           before == '/';
  }

  // How many times the character is repeated from here, in bytes.
  std::size_t run_of(std::size_t at, const Character& sign) const {
    std::size_t end = at;
    while (character_at(text_, end).code == sign.code && end < text_.size()) end += sign.length;
    return end - at;
  }

  std::size_t add_sign(std::size_t at, const Character& sign) {
    std::size_t end = at + sign.length;
    switch (sign.code) {
      case '(': add("-LRB-", at, end); return end;
      case ')': add("-RRB-", at, end); return end;
      case '[': add("-LSB-", at, end); return end;
      case ']': add("-RSB-", at, end); return end;
      case '{': add("-LCB-", at, end); return end;
      case '}': add("-RCB-", at, end); return end;
      case '"': add(opens(at) ? "``" : "''", at, end); return end;
      case 0x201C: add("``", at, end); return end;
      case 0x201D: add("''", at, end); return end;
      case 0x2018: add("`", at, end); return end;
      case 0x2013:
      case 0x2014: add("--", at, end); return end;
      case 0x2026: add("...", at, end); return end;
      case 0xB0: {  // the degree sign and its unit
        const Character unit = character_at(text_, end);
        if ((unit.code == 'C' || unit.code == 'F') && !character_at(text_, end + 1).is_word()) ++end;
        add(at, end);
        return end;
      }
      case '\'':
      case 0x2019: return add_apostrophe(at, sign);
      case '.':
      case '-':
      case '!':
      case '?':
      case '`': end = at + run_of(at, sign); break;
      default: break;
    }
    add(at, end);
    return end;
  }

  // An apostrophe that no word goes before: a quote, a clitic or a decade ('90s).
  std::size_t add_apostrophe(std::size_t at, const Character& sign) {
    const std::size_t next = at + sign.length;
    if (character_at(text_, next).code == sign.code && sign.code == '\'') {
      add(opens(at) ? "``" : "''", at, next + sign.length);
      return next + sign.length;
    }
    const bool attached = at > 0 && !opens(at);
    const std::size_t end = end_of_word(next);
    const std::string letters = text::lower_case(text_.substr(next, end - next));
    if (letters == "s" || letters == "ll" || letters == "re" || letters == "ve" || letters == "d" || letters == "m") {
      add("'" + std::string(text_.substr(next, end - next)), at, end);
      return end;
    }
    if (is_digit(character_at(text_, next).code) && !attached) {
      add("'" + std::string(text_.substr(next, end - next)), at, end);
      return end;
    }
    add(attached || end == next ? "'" : "`", at, next);
    return next;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text) { return Tokenizer(text).run(); }

std::vector<std::string> lower_case_words(std::string_view text) {
  std::vector<std::string> words;
  for (const Token& token : tokenize(text)) words.push_back(text::lower_case(token.word));
  return words;
}

}  // namespace fathom::questions
