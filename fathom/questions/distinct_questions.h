// Leaves out generated questions that ask the same again.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "fathom/questions/question.h"

namespace fathom::questions {

struct AnsweredQuestion {
  std::string question, answer;  // UTF-8
  QuestionType type = QuestionType::others;
};

struct DistinctOptions {
  double edit_share = 0.2;     // same answer: edits (bytes of the words) up to this share of the longer question
  double content_share = 0.5;  // same answer and type: content words in common, of those of both (Jaccard)
};

// Indices of the questions to keep, ascending: of several that ask the same the first one, so give the best first. Two ask the same when
// their words are equal but for case and punctuation; or when they have the same answer and either the same content words, or few edits
// between them, or the same type and many content words in common. Different answers keep questions apart that differ in one name only.
std::vector<std::size_t> distinct_questions(std::span<const AnsweredQuestion> questions, const DistinctOptions& options = {});

}  // namespace fathom::questions
