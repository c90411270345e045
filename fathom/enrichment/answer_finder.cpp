#include "fathom/enrichment/answer_finder.h"

#include <cctype>
#include <string>

#include "fathom/text/words.h"

namespace fathom::enrichment {
namespace {

bool is_capital(std::string_view word) { return !word.empty() && std::isupper(static_cast<unsigned char>(word.front())) != 0; }
bool is_number(std::string_view word) { return !word.empty() && std::isdigit(static_cast<unsigned char>(word.front())) != 0; }

}  // namespace

std::vector<text::Span> names_and_numbers(std::string_view text, const std::vector<text::Span>& sentences) {
  std::vector<text::Span> answers;
  text::WordSplitter splitter;
  for (const text::Span& sentence : sentences) {
    bool first = true, open = false;
    for (const text::Word& word : splitter.split(sentence.of(text))) {
      const text::Span span{sentence.begin + word.begin, sentence.begin + word.end};
      const bool name = is_capital(span.of(text)) && !first;
      if (name && open && text.substr(answers.back().end, span.begin - answers.back().end) == " ")
        answers.back().end = span.end;
      else if (name || is_number(span.of(text)))
        answers.push_back(span);
      open = name;
      first = false;
    }
  }
  return answers;
}

}  // namespace fathom::enrichment
