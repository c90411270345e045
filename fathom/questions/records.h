// Records of question generation: a context, an answer in it and, for training, the question about it. As JSON:
// {"context": …, "answer": …, "answer_start": …[, "question": …, "id": …, "article": …, "sentence": …]}, one a line or in a list. As in
// SQuAD, answer_start counts Unicode code points; in memory all places are bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/questions/question.h"

namespace fathom::questions {

struct QuestionRecord {
  AnswerInContext place;
  std::string question;  // empty where one is to be generated
  std::string id, article;
  // The part of the context that a question is to be read from; empty: the sentences that the answer stands in (features.h).
  std::string sentence;
};

struct RecordOptions {
  bool question_required = false;
  std::size_t longest_context = std::size_t{1} << 20;  // bytes
};

// Throws Error naming `origin`: an empty context or answer, a context beyond the limit, an answer that does not stand at answer_start
// (it says where it stands), a sentence that is not of the context or lacks the answer, a missing question.
QuestionRecord question_record(const Json& record, const std::string& origin, const RecordOptions& options = {});
OrderedJson question_record_json(const QuestionRecord& record);

// Calls `visit` with each record and where it begins ("file:line"). Throws as question_record() and data::for_each_record() do.
void for_each_question_record(const std::filesystem::path& file, const RecordOptions& options,
                              const std::function<void(QuestionRecord record, const std::string& position)>& visit);
std::vector<QuestionRecord> read_question_records(const std::filesystem::path& file, const RecordOptions& options = {});

// Throws Error naming `origin` when the context is blank or too long, the answer is blank or does not stand at answer_start.
void check_answer(const AnswerInContext& place, const std::string& origin, std::size_t longest_context = RecordOptions{}.longest_context);

// The byte range of record.sentence that holds the answer. Throws Error naming `origin` when the context has none.
std::pair<std::size_t, std::size_t> sentence_range(const QuestionRecord& record, const std::string& origin);

// Code points before byte `offset`, and the byte at which code point `index` begins (text.size() behind the last). The text is UTF-8.
std::size_t code_points(std::string_view text, std::size_t offset);
std::size_t byte_of_code_point(std::string_view text, std::size_t index);

}  // namespace fathom::questions
