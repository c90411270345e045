#include "fathom/questions/question.h"

#include <array>
#include <cctype>
#include <utility>

namespace fathom::questions {
namespace {

constexpr std::array<std::string_view, question_type_count> names = {"what", "how", "who", "when", "which", "where", "why", "others"};

}  // namespace

std::string_view name_of(QuestionType type) { return names[static_cast<std::size_t>(type)]; }

QuestionType type_of_question(std::string_view question) {
  std::string word;
  for (std::size_t i = 0; i <= question.size(); ++i) {
    const unsigned char c = i < question.size() ? static_cast<unsigned char>(question[i]) : ' ';
    if (std::isalpha(c) != 0) {
      word += static_cast<char>(std::tolower(c));
      continue;
    }
    if (word == "whose" || word == "whom") return QuestionType::who;
    for (std::size_t t = 0; t + 1 < names.size(); ++t) {
      if (word == names[t]) return static_cast<QuestionType>(t);
    }
    word.clear();
  }
  return QuestionType::others;
}

}  // namespace fathom::questions
