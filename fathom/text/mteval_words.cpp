#include "fathom/text/mteval_words.h"

#include <algorithm>
#include <utility>

#include "fathom/text/unicode_classes.h"
#include "fathom/text/utf8.h"

namespace fathom::text {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_point(char c) { return c == '.' || c == ','; }

// ASCII characters that spaces are put around: all signs but ' , . - and the space itself.
bool is_sign(char c) {
  const auto byte = static_cast<unsigned char>(c);
  const bool sign = byte >= ' ' && byte < 0x7F && !is_digit(c) && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z');
  return sign && c != '\'' && !is_point(c) && c != '-';
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// Each pair of neighbours that `found` tells is written as `write` says, and the search goes on behind it: pairs do not overlap.
template <typename Found, typename Write>
std::string rewrite_pairs(const std::string& text, const Found& found, const Write& write) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (i + 1 < text.size() && found(text[i], text[i + 1])) {
      write(out, text[i], text[i + 1]);
      i += 2;
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> mteval_words(std::string_view text) {
  std::string line(text);
  for (const auto& [what, with] :
       {std::pair("<skipped>", ""), {"-\n", ""}, {"\n", " "}, {"&quot;", "\""}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}}) {
    replace_all(line, what, with);
  }
  std::string spaced;
  for (const char c : " " + line + " ") {
    if (is_sign(c)) {
      spaced.append({' ', c, ' '});
    } else {
      spaced += c;
    }
  }
  const auto behind = [](std::string& out, char first, char second) { out.append({first, ' ', second, ' '}); };
  spaced = rewrite_pairs(spaced, [](char first, char second) { return !is_digit(first) && is_point(second); }, behind);
  spaced = rewrite_pairs(
      spaced, [](char first, char second) { return is_point(first) && !is_digit(second); },
      [](std::string& out, char first, char second) { out.append({' ', first, ' ', second}); });
  spaced = rewrite_pairs(spaced, [](char first, char second) { return is_digit(first) && second == '-'; }, behind);

  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (std::size_t i = 0; i < spaced.size();) {
    const std::string_view rest = std::string_view(spaced).substr(i);
    const std::size_t length = character_length(rest);
    // Python's white space: Unicode's, and the four separators of ASCII.
    const bool space = length > 0 && ((UnicodeClasses::get().of(code_point(rest, length)) & character_class::space) != 0 ||
                                      (rest.front() >= 0x1C && rest.front() <= 0x1F));
    if (space) {
      end_word();
    } else {
      word += rest.substr(0, std::max<std::size_t>(length, 1));
    }
    i += std::max<std::size_t>(length, 1);
  }
  end_word();
  return words;
}

}  // namespace fathom::text
