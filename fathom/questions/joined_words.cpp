// join_words: treebank words as running text.
#include <array>
#include <cctype>
#include <utility>

#include "fathom/questions/words.h"

namespace fathom::questions {
namespace {

// A word as text, and whether it stands apart from its neighbours.
struct Written {
  std::string_view text;
  bool space_before = true, space_behind = true;
};

Written written(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, Written>, 10> spellings = {{{"-lrb-", {"(", true, false}},
                                                                               {"-rrb-", {")", false, true}},
                                                                               {"-lsb-", {"[", true, false}},
                                                                               {"-rsb-", {"]", false, true}},
                                                                               {"-lcb-", {"{", true, false}},
                                                                               {"-rcb-", {"}", false, true}},
                                                                               {"``", {"\"", true, false}},
                                                                               {"''", {"\"", false, true}},
                                                                               {"`", {"'", true, false}},
                                                                               {"--", {"–", true, true}}}};
  std::string lower(word);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [spelled, text] : spellings)
    if (lower == spelled) return text;
  if (lower == "," || lower == "." || lower == "?" || lower == "!" || lower == ";" || lower == ":" || lower == "%" || lower == "n't" ||
      lower == "...")
    return {word, false, true};
  if (word.size() <= 3 && word.front() == '\'' && (word.size() == 1 || std::isalpha(static_cast<unsigned char>(word[1])) != 0))
    return {word, false, true};  // clitics
  if (word == "$" || word == "£" || word == "€" || word == "¥" || word == "#" || (word.size() > 1 && word.ends_with("$")))
    return {word, true, false};
  return {word, true, true};
}

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::string join_words(std::span<const std::string> words) {
  std::string text;
  bool space = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].empty()) continue;
    const Written word = written(words[i]);
    // "1914–18", "either/or"
    const bool between_numbers = i > 0 && i + 1 < words.size() && !words[i - 1].empty() && is_digit(words[i - 1].back()) &&
                                 !words[i + 1].empty() && is_digit(words[i + 1].front());
    const bool joint = words[i] == "/" || (words[i] == "--" && between_numbers);
    const bool can_not = words[i] == "not" && i > 0 && (words[i - 1] == "can" || words[i - 1] == "Can");
    if (!text.empty() && space && word.space_before && !joint && !can_not) text += ' ';
    text += word.text;
    space = word.space_behind && !joint;
  }
  return text;
}

}  // namespace fathom::questions
