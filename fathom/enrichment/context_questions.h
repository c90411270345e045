// Questions for answers that are given: records of a context and an answer get a question.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "fathom/questions/question.h"

namespace fathom::enrichment {

// Whether the file's first record has a key "context".
bool has_contexts(const std::filesystem::path& file);

struct ContextQuestionReport {
  std::int64_t records = 0, without_question = 0;  // the generator found none
};

// Reads records (questions/records.h) and writes each with everything that it has and `question`, `question_type` and `score` besides (in
// place of keys of these names); with n_best > 1 `questions`, a list of such, best first, too. One without a question gets null. Appears
// complete or not at all. `progress` gets records. Throws Error with file:line for a record that is none; UsageError for n_best < 1.
ContextQuestionReport generate_for_contexts(const std::filesystem::path& file, questions::QuestionGenerator& generator, int n_best,
                                            const std::filesystem::path& out, const std::function<void(std::int64_t done)>& progress = {});

}  // namespace fathom::enrichment
