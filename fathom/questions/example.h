// A sentence, the answer in it and the question about it, as the models read them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/questions/question.h"

namespace fathom::questions {

// Where a word stands to the answer.
enum class AnswerTag : std::uint8_t { outside, begin, inside };
constexpr int answer_tag_count = 3;

// One entry a word in words, surface and the four features.
struct Example {
  std::string id;                            // of the record; may be empty
  std::string article;                       // may be empty
  std::vector<std::string> words;            // of the sentence that holds the answer, lower-cased
  std::vector<std::string> surface;          // the same as the text writes them
  std::vector<std::uint8_t> answer;          // AnswerTag
  std::vector<std::uint8_t> part_of_speech;  // values below FeatureExtractor's counts (features.h)
  std::vector<std::uint8_t> entity;
  std::vector<std::uint8_t> word_case;
  std::vector<std::string> question;         // lower-cased words; empty where one is to be generated
  QuestionType type = QuestionType::others;  // of the question
};

}  // namespace fathom::questions
