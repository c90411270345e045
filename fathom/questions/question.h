// What question generation takes and gives (arXiv 1909.00140, 1908.11813).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::questions {

// The eight classes of question words, in the paper's order.
enum class QuestionType : std::uint8_t { what, how, who, when, which, where, why, others };
constexpr int question_type_count = 8;

// "what", …, "others".
std::string_view name_of(QuestionType type);

// The type of an English question by the first word of it that names one; "whose" and "whom" are who. Not lower-cased beforehand.
QuestionType type_of_question(std::string_view question);

// A place in a text that a question is to have as its answer.
struct AnswerInContext {
  std::string context;           // UTF-8; a passage of any length
  std::string answer;            // UTF-8; stands in the context at answer_start
  std::size_t answer_start = 0;  // bytes
};

struct GeneratedQuestion {
  std::string question;  // UTF-8, written as text: spaces, capitals, final question mark
  QuestionType type = QuestionType::others;
  double score = 0;  // log-probability of the words, divided by the length penalty: higher is better
};

// Writes questions. One object serves one thread at a time.
class QuestionGenerator {
 public:
  virtual ~QuestionGenerator() = default;

  // For each answer at most `n_best` different questions, best first. Throws UsageError for n_best < 1, Error for an empty context or an
  // answer that does not stand where it is said to.
  virtual std::vector<std::vector<GeneratedQuestion>> generate(std::span<const AnswerInContext> answers, int n_best) = 0;
};

}  // namespace fathom::questions
