#include "fathom/enrichment/question_prompts.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/text/words.h"

namespace fathom::enrichment {
namespace {

constexpr std::size_t most_words = 4;
constexpr std::string_view scales[] = {"hundred", "thousand", "million",   "billion",  "trillion",
                                       "dozen",   "hundreds", "thousands", "millions", "billions"};
constexpr std::string_view marks[] = {"####", "\\boxed", "<answer>", "</answer>", "<think>", "</think>"};

std::string prompt_of(const QuestionPair& pair) {
  return fmt::format(
      "Read the passage and answer the question with words of the passage, as few as possible.\n\nPassage: {}\n\nQuestion: {}",
      pair.passage.empty() ? pair.sentence : pair.passage, pair.question);
}

}  // namespace

AnswerKind kind_of_answer(const std::string& answer) {
  const bool marked =
      std::any_of(std::begin(marks), std::end(marks), [&](std::string_view mark) { return answer.find(mark) != std::string::npos; });
  const bool says_something = std::any_of(answer.begin(), answer.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; });
  if (marked || !says_something) return AnswerKind::not_checkable;
  text::WordSplitter splitter;
  const std::vector<text::Word> words = splitter.split(answer);
  if (words.empty()) return AnswerKind::not_checkable;
  if (words.size() > most_words) return AnswerKind::too_long;
  if (std::isdigit(static_cast<unsigned char>(words.front().text.front())) == 0) return AnswerKind::short_text;
  const bool scaled = std::any_of(words.begin() + 1, words.end(), [](const text::Word& word) {
    return std::find(std::begin(scales), std::end(scales), word.text) != std::end(scales);
  });
  return scaled ? AnswerKind::not_checkable : words.size() <= 2 ? AnswerKind::number : AnswerKind::short_text;
}

PromptReport write_prompts(const std::vector<QuestionPair>& pairs, const std::filesystem::path& out) {
  PromptReport report;
  AtomicFile file(out);
  for (const QuestionPair& pair : pairs) {
    switch (kind_of_answer(pair.answer)) {
      case AnswerKind::number: ++report.numbers; break;
      case AnswerKind::short_text: ++report.short_texts; break;
      case AnswerKind::too_long: ++report.too_long; continue;
      case AnswerKind::not_checkable: ++report.not_checkable; continue;
    }
    file.write(OrderedJson{{"prompt", prompt_of(pair)}, {"answer", pair.answer}, {"page", pair.page}}.dump() + "\n");
  }
  require(report.numbers + report.short_texts > 0,
          "no answer of the {} questions can be checked by a rule: {} are longer than {} words, {} say nothing", pairs.size(),
          report.too_long, most_words, report.not_checkable);
  file.commit();
  return report;
}

}  // namespace fathom::enrichment
