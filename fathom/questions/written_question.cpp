// FeatureExtractor::write_question: lower-cased words as a question that people read.
#include <algorithm>
#include <cctype>

#include "fathom/questions/features.h"
#include "fathom/questions/learned_features.h"
#include "fathom/text/utf8.h"
#include "fathom/text/words.h"

#include <unicode/uchar.h>

namespace fathom::questions {
namespace {

std::string with_capital(std::string_view word) {
  const std::size_t length = text::character_length(word);
  if (length == 0) return std::string(word);
  std::string capital;
  text::append_utf8(capital, static_cast<char32_t>(u_toupper(static_cast<UChar32>(text::code_point(word, length)))));
  return capital + std::string(word.substr(length));
}

// How the sentence writes the word, where its capital is not that of the sentence's beginning; empty: it does not have it so.
std::string_view name_in(const Example& sentence, std::string_view word) {
  for (std::size_t i = 0; i < sentence.words.size(); ++i) {
    if (sentence.words[i] != word) continue;
    const auto word_case = static_cast<WordCase>(sentence.word_case[i]);
    if (word_case == WordCase::all_capitals || word_case == WordCase::mixed) return sentence.surface[i];
    const bool first = i == 0 || (i == 1 && sentence.words[0] == "``");
    const bool name =
        static_cast<Tag>(sentence.part_of_speech[i]) == Tag::name || sentence.entity[i] == static_cast<std::uint8_t>(EntityClass::group);
    if (word_case == WordCase::upper_first && (!first || name)) return sentence.surface[i];
  }
  return {};
}

}  // namespace

std::string FeatureExtractor::write_question(std::span<const std::string> words, const Example& sentence) const {
  std::vector<std::string> written;
  for (const std::string& word : words) {
    const std::string_view name = name_in(sentence, word);
    if (!name.empty()) {
      written.emplace_back(name);
    } else {
      const bool is_sentence_word = std::find(sentence.words.begin(), sentence.words.end(), word) != sentence.words.end();
      written.push_back(!is_sentence_word && learned_->tagger.lexicon().is_mostly_capital(word) ? with_capital(word) : word);
    }
  }
  while (!written.empty() && (written.back() == "?" || written.back() == "." || written.back() == "!")) written.pop_back();
  if (written.empty()) return "";
  written.push_back("?");
  const std::size_t first = written.front() == "``" && written.size() > 2 ? 1 : 0;
  written[first] = with_capital(written[first]);
  return join_words(written);
}

}  // namespace fathom::questions
