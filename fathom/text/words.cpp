#include "fathom/text/words.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/text/icu_text.h"

namespace fathom::text {
namespace {

constexpr std::string_view typographic_apostrophe = "\u2019";

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void straighten_apostrophes(std::string& word) {
  for (std::size_t at = word.find(typographic_apostrophe); at != std::string::npos; at = word.find(typographic_apostrophe, at + 1)) {
    word.replace(at, typographic_apostrophe.size(), "'");
  }
}

constexpr std::array<std::string_view, 6> clitics = {"s", "m", "d", "re", "ve", "ll"};  // behind an apostrophe

bool is_clitic(std::string_view letters) { return std::find(clitics.begin(), clitics.end(), letters) != clitics.end(); }

// Letters and apostrophe of the clitic that the lower-cased word ends with; 0: none.
std::size_t clitic_size(std::string_view word) {
  if (word.size() > 3 && word.ends_with("n't")) return 3;
  const std::size_t apostrophe = word.rfind('\'');
  if (apostrophe == std::string_view::npos || apostrophe == 0 || !is_clitic(word.substr(apostrophe + 1))) return 0;
  return word.size() - apostrophe;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower;
  if (is_ascii(text)) {
    lower.assign(text);
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return lower;
  }
  UErrorCode status = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&lower);
  icu::CaseMap::utf8ToLower("", 0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr, status);
  require(U_SUCCESS(status), "ICU cannot lower-case {} bytes of text: {}", text.size(), u_errorName(status));
  return lower;
}

std::vector<Word> split_whitespace(std::string_view text) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < text.size();) {
    if (is_ascii_space(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !is_ascii_space(text[end])) ++end;
    words.push_back({std::string(text.substr(at, end - at)), at, end});
    at = end;
  }
  return words;
}

struct WordSplitter::State {
  WordOptions options;
  std::unique_ptr<icu::BreakIterator> iterator;

  // A stretch between boundaries that is no white space.
  void add(std::string_view text, std::size_t begin, std::size_t end, bool punctuation, std::vector<Word>& words) const {
    Word word{lower_case(text.substr(begin, end - begin)), begin, end, punctuation};
    straighten_apostrophes(word.text);
    if (!options.split_contractions) {
      words.push_back(std::move(word));
      return;
    }
    // "'s" that stands alone comes as an apostrophe and a word.
    if (!words.empty() && words.back().text == "'" && words.back().end == begin && is_clitic(word.text)) {
      word.text.insert(0, 1, '\'');
      word.begin = words.back().begin;
      words.back() = std::move(word);
      return;
    }
    const std::size_t size = clitic_size(word.text);
    if (size == 0) {
      words.push_back(std::move(word));
      return;
    }
    // The clitic's letters are ASCII; its apostrophe may have been a typographic one.
    const std::size_t widened = text.substr(begin, end - begin).rfind(typographic_apostrophe) != std::string_view::npos &&
                                        text[end - size + word.text.substr(word.text.size() - size).find('\'')] != '\''
                                    ? typographic_apostrophe.size() - 1
                                    : 0;
    const std::size_t cut = end - size - widened;
    words.push_back({word.text.substr(0, word.text.size() - size), begin, cut});
    words.push_back({word.text.substr(word.text.size() - size), cut, end});
  }
};

WordSplitter::WordSplitter(WordOptions options) : state_(std::make_unique<State>()) {
  state_->options = options;
  UErrorCode status = U_ZERO_ERROR;
  state_->iterator.reset(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
  require(U_SUCCESS(status) && state_->iterator, "ICU has no word boundaries ({}); its data library is missing", u_errorName(status));
}
WordSplitter::~WordSplitter() = default;
WordSplitter::WordSplitter(WordSplitter&&) noexcept = default;
WordSplitter& WordSplitter::operator=(WordSplitter&&) noexcept = default;

std::vector<Word> WordSplitter::split(std::string_view text) {
  std::vector<Word> words;
  IcuText icu_text(text);
  icu_text.give_to(*state_->iterator);
  std::size_t begin = 0;
  state_->iterator->first();
  for (std::int32_t boundary = state_->iterator->next(); boundary != icu::BreakIterator::DONE; boundary = state_->iterator->next()) {
    const std::size_t end = static_cast<std::size_t>(boundary);
    const std::string_view piece = text.substr(begin, end - begin);
    const bool is_word = state_->iterator->getRuleStatus() >= UBRK_WORD_NONE_LIMIT;
    if (is_word) {
      state_->add(text, begin, end, false, words);
    } else {
      const std::int32_t first =
          icu::UnicodeString::fromUTF8(icu::StringPiece(piece.data(), static_cast<std::int32_t>(piece.size()))).char32At(0);
      const bool shown = !u_isUWhiteSpace(first) && !u_iscntrl(first) && first != 0xFFFD;
      // The apostrophe of a clitic that stands alone is needed even where punctuation is not wanted.
      if (shown) state_->add(text, begin, end, true, words);
    }
    begin = end;
  }
  if (!state_->options.punctuation) std::erase_if(words, [](const Word& word) { return word.punctuation; });
  return words;
}

}  // namespace fathom::text
