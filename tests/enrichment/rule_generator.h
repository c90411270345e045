// Without a model, for tests: answers that are names and numbers, and a generator that puts a question word before the sentence and leaves
// its answer out.
#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/questions/question.h"
#include "fathom/text/sentences.h"
#include "fathom/text/words.h"

namespace fathom::enrichment {

// Runs of capitalised words that do not begin a sentence, and numbers, in the order of the text.
inline std::vector<text::Span> names_and_numbers(std::string_view text, std::size_t most) {
  std::vector<text::Span> answers;
  bool first = true, open = false;
  for (const text::Word& word : text::WordSplitter({.punctuation = true}).split(text)) {
    if (word.punctuation) {
      first = word.text == ".";
      open = false;
      continue;
    }
    const unsigned char letter = static_cast<unsigned char>(text[word.begin]);
    const bool name = std::isupper(letter) != 0 && !first;
    if (name && open)
      answers.back().end = word.end;
    else if (name || std::isdigit(letter) != 0)
      answers.push_back({word.begin, word.end});
    open = name;
    first = false;
  }
  if (answers.size() > most) answers.resize(most);
  return answers;
}

class RuleGenerator : public questions::QuestionGenerator {
 public:
  std::vector<std::vector<questions::GeneratedQuestion>> generate(std::span<const questions::AnswerInContext> answers,
                                                                  int n_best) override {
    if (n_best < 1) fail_usage("n_best is {}; at least 1 is needed", n_best);
    std::vector<std::vector<questions::GeneratedQuestion>> all;
    for (const questions::AnswerInContext& place : answers) {
      require(place.context.compare(place.answer_start, place.answer.size(), place.answer) == 0, "the answer does not stand there");
      const std::size_t before = place.context.rfind(". ", place.answer_start);
      const std::size_t begin = before == std::string::npos ? 0 : before + 2;
      const std::size_t after = place.context.find('.', place.answer_start + place.answer.size());
      std::string rest = place.context.substr(begin, place.answer_start - begin);
      const std::size_t behind = place.answer_start + place.answer.size();
      rest += place.context.substr(behind, after == std::string::npos ? after : after - behind);
      const bool number = std::isdigit(static_cast<unsigned char>(place.answer.front())) != 0;
      std::vector<questions::GeneratedQuestion> questions;
      for (int i = 0; i < n_best; ++i)
        questions.push_back({std::string(number ? "When" : "What") + (i == 0 ? ": " : ", tell me: ") + rest + "?",
                             number ? questions::QuestionType::when : questions::QuestionType::what,
                             -1.0 - i - 0.01 * static_cast<double>(place.answer.size())});
      all.push_back(std::move(questions));
    }
    return all;
  }
};

}  // namespace fathom::enrichment
