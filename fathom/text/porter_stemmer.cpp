#include "fathom/text/porter_stemmer.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "fathom/text/utf8.h"

namespace fathom::text {
namespace {

// The word as letters. Each is a view of the source (or of a constant), so that letters of several bytes count as one.
using Letters = std::vector<std::string_view>;

bool is_vowel_letter(std::string_view letter) {
  return letter.size() == 1 && std::string_view("aeiou").find(letter) != std::string_view::npos;
}

// For each letter whether it is a consonant: no vowel letter, nor a "y" behind a consonant.
std::vector<bool> consonants_of(std::span<const std::string_view> letters) {
  std::vector<bool> consonant(letters.size());
  for (std::size_t i = 0; i < letters.size(); ++i) {
    consonant[i] = letters[i] == "y" ? i == 0 || !consonant[i - 1] : !is_vowel_letter(letters[i]);
  }
  return consonant;
}

// m of [C](VC){m}[V]: how often a consonant follows a vowel.
int measure(std::span<const std::string_view> stem) {
  const std::vector<bool> consonant = consonants_of(stem);
  int m = 0;
  for (std::size_t i = 1; i < consonant.size(); ++i) m += consonant[i] && !consonant[i - 1] ? 1 : 0;
  return m;
}

bool has_vowel(std::span<const std::string_view> stem) { return std::ranges::count(consonants_of(stem), false) > 0; }

// *d: ends with a double consonant.
bool ends_double_consonant(const Letters& word) {
  return word.size() >= 2 && word.back() == word[word.size() - 2] && consonants_of(word).back();
}

// *o: ends consonant, vowel, consonant, and the last is not w, x or y; or is a vowel and a consonant alone.
bool ends_cvc(std::span<const std::string_view> stem) {
  const std::vector<bool> consonant = consonants_of(stem);
  const std::size_t n = stem.size();
  if (n == 2) return !consonant[0] && consonant[1];
  return n >= 3 && consonant[n - 3] && !consonant[n - 2] && consonant[n - 1] && stem.back() != "w" && stem.back() != "x" &&
         stem.back() != "y";
}

bool ends_with(const Letters& word, std::string_view suffix) {
  if (word.size() < suffix.size()) return false;
  for (std::size_t i = 0; i < suffix.size(); ++i) {
    if (word[word.size() - suffix.size() + i] != suffix.substr(i, 1)) return false;
  }
  return true;
}

// The letters before the suffix.
std::span<const std::string_view> stem_of(const Letters& word, std::string_view suffix) {
  return std::span(word).first(word.size() - suffix.size());
}

// `ending` lives as long as the program.
void replace(Letters& word, std::string_view suffix, std::string_view ending) {
  word.resize(word.size() - suffix.size());
  for (std::size_t i = 0; i < ending.size(); ++i) word.push_back(ending.substr(i, 1));
}

struct Rule {
  std::string_view suffix, ending;
};

// The first rule whose suffix the word has decides, whether its condition (the measure of the stem is above `least`) holds or not.
void apply_first(Letters& word, std::span<const Rule> rules, int least) {
  for (const Rule& rule : rules) {
    if (!ends_with(word, rule.suffix)) continue;
    if (measure(stem_of(word, rule.suffix)) > least) replace(word, rule.suffix, rule.ending);
    return;
  }
}

void step_1a(Letters& word) {
  static constexpr Rule rules[] = {{"sses", "ss"}, {"ies", "i"}, {"ss", "ss"}, {"s", ""}};
  if (ends_with(word, "ies") && word.size() == 4) return replace(word, "ies", "ie");
  apply_first(word, rules, -1);
}

void step_1b(Letters& word) {
  if (ends_with(word, "ied")) return replace(word, "ied", word.size() == 4 ? "ie" : "i");
  if (ends_with(word, "eed")) {
    if (measure(stem_of(word, "eed")) > 0) replace(word, "eed", "ee");
    return;
  }
  const auto strip = [&word](std::string_view suffix) {
    const bool stripped = ends_with(word, suffix) && has_vowel(stem_of(word, suffix));
    if (stripped) replace(word, suffix, "");
    return stripped;
  };
  if (!strip("ed") && !strip("ing")) return;
  if (ends_with(word, "at") || ends_with(word, "bl") || ends_with(word, "iz")) {
    word.emplace_back("e");
  } else if (ends_double_consonant(word)) {
    if (word.back() != "l" && word.back() != "s" && word.back() != "z") word.pop_back();
  } else if (measure(word) == 1 && ends_cvc(word)) {
    word.emplace_back("e");
  }
}

void step_1c(Letters& word) {
  if (!ends_with(word, "y") || word.size() < 3) return;
  if (consonants_of(stem_of(word, "y")).back()) replace(word, "y", "i");
}

void step_2(Letters& word) {
  static constexpr Rule rules[] = {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
                                   {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
                                   {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
                                   {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
                                   {"fulli", "ful"}};
  while (ends_with(word, "alli") && measure(stem_of(word, "alli")) > 0) replace(word, "alli", "al");
  if (ends_with(word, "logi")) {  // the l counts to the stem, so that "geology" is treated as "archaeology" is
    if (measure(stem_of(word, "ogi")) > 0) replace(word, "i", "");
    return;
  }
  apply_first(word, rules, 0);
}

void step_3(Letters& word) {
  static constexpr Rule rules[] = {{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"},
                                   {"ical", "ic"},  {"ful", ""},   {"ness", ""}};
  apply_first(word, rules, 0);
}

void step_4(Letters& word) {
  static constexpr Rule rules[] = {{"al", ""},   {"ance", ""}, {"ence", ""},  {"er", ""},   {"ic", ""},  {"able", ""},
                                   {"ible", ""}, {"ant", ""},  {"ement", ""}, {"ment", ""}, {"ent", ""}, {"ou", ""},
                                   {"ism", ""},  {"ate", ""},  {"iti", ""},   {"ous", ""},  {"ive", ""}, {"ize", ""}};
  if (ends_with(word, "ion")) {
    const auto stem = stem_of(word, "ion");
    if (measure(stem) > 1 && (stem.back() == "s" || stem.back() == "t")) replace(word, "ion", "");
    return;
  }
  apply_first(word, rules, 1);
}

void step_5(Letters& word) {
  if (ends_with(word, "e")) {
    const auto stem = stem_of(word, "e");
    const int m = measure(stem);
    if (m > 1 || (m == 1 && !ends_cvc(stem))) word.pop_back();
  }
  if (ends_with(word, "ll") && measure(stem_of(word, "l")) > 1) word.pop_back();
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> irregular = {{{"sky", "sky"},
                                                                                      {"skies", "sky"},
                                                                                      {"dying", "die"},
                                                                                      {"lying", "lie"},
                                                                                      {"tying", "tie"},
                                                                                      {"news", "news"},
                                                                                      {"innings", "inning"},
                                                                                      {"inning", "inning"},
                                                                                      {"outings", "outing"},
                                                                                      {"outing", "outing"},
                                                                                      {"cannings", "canning"},
                                                                                      {"canning", "canning"},
                                                                                      {"howe", "howe"},
                                                                                      {"proceed", "proceed"},
                                                                                      {"exceed", "exceed"},
                                                                                      {"succeed", "succeed"}}};

}  // namespace

std::string porter_stem(std::string_view word) {
  for (const auto& [form, stem] : irregular) {
    if (word == form) return std::string(stem);
  }
  Letters letters;
  for (std::size_t i = 0; i < word.size();) {
    const std::size_t length = std::max<std::size_t>(1, character_length(word.substr(i)));
    letters.push_back(word.substr(i, length));
    i += length;
  }
  if (letters.size() > 2) {
    step_1a(letters);
    step_1b(letters);
    step_1c(letters);
    step_2(letters);
    step_3(letters);
    step_4(letters);
    step_5(letters);
  }
  std::string stem;
  for (const std::string_view letter : letters) stem += letter;
  return stem;
}

}  // namespace fathom::text
