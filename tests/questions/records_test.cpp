#include "fathom/questions/records.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::questions {
namespace {

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string refusal(const char* json, const RecordOptions& options = {}) {
  return message_of([&] { question_record(parse_json(json, "t"), "f.jsonl:3", options); });
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(QuestionRecords, CountCodePointsInFilesAndBytesInMemory) {
  const Json json = {{"context", "Beyoncé sang in Köln."}, {"answer", "Köln"}, {"answer_start", 16}, {"question", "Where?"}};
  const QuestionRecord record = question_record(json, "t");
  EXPECT_EQ(record.place.answer_start, 17U);
  EXPECT_EQ(record.question, "Where?");
  EXPECT_EQ(question_record_json(record)["answer_start"], 16);
  EXPECT_EQ(code_points("né", 3), 2U);
  EXPECT_EQ(byte_of_code_point("né", 9), 3U);
}

TEST(QuestionRecords, SayWhereAMisplacedAnswerStands) {
  const std::string message = refusal(R"({"context": "A cat and a cat.", "answer": "cat", "answer_start": 3})");
  EXPECT_TRUE(has(message, "f.jsonl:3")) << message;
  EXPECT_TRUE(has(message, "does not stand at character 3")) << message;
  EXPECT_TRUE(has(message, "it stands at 2, 12")) << message;
  EXPECT_TRUE(has(refusal(R"({"context": "A cat.", "answer": "dog", "answer_start": 2})"), "nowhere in the context"));
  EXPECT_TRUE(has(refusal(R"({"context": "A cat.", "answer": "cat", "answer_start": 2000})"), "the context has 6 characters"));
  EXPECT_TRUE(has(refusal(R"({"context": "A cat.", "answer": "cat", "answer_start": -1})"), "answer_start"));
}

TEST(QuestionRecords, RefuseWhatNoQuestionCanBeAskedOf) {
  EXPECT_TRUE(has(refusal(R"({"context": " ", "answer": "a", "answer_start": 0})"), "the context is empty"));
  EXPECT_TRUE(has(refusal(R"({"context": "a", "answer": "", "answer_start": 0})"), "the answer is empty"));
  EXPECT_TRUE(has(refusal(R"({"answer": "", "answer_start": 0})"), "'context' is missing"));
  RecordOptions small;
  small.longest_context = 4;
  EXPECT_TRUE(has(refusal(R"({"context": "A cat.", "answer": "cat", "answer_start": 2})", small), "has 6 bytes, the limit is 4"));
  RecordOptions training;
  training.question_required = true;
  EXPECT_TRUE(has(refusal(R"({"context": "A cat.", "answer": "cat", "answer_start": 2})", training), "needs a question"));
  EXPECT_TRUE(has(refusal(R"({"context": "A cat. A dog.", "answer": "cat", "answer_start": 2, "sentence": "A dog."})"),
                  "no part of the context that holds the answer"));
}

TEST(QuestionRecords, NameFileAndLine) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "fathom_question_records.jsonl";
  write_file_atomically(file, "{\"context\": \"A cat.\", \"answer\": \"cat\", \"answer_start\": 2}\n{\"context\": \"A cat.\"}\n");
  EXPECT_TRUE(has(message_of([&] { read_question_records(file); }), ".jsonl:2: required key 'answer'"));
  write_file_atomically(file, "{\"context\": \"A cat.\", \"answer\": \"cat\", \"answer_start\": 2}\n");
  EXPECT_EQ(read_question_records(file).size(), 1U);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace fathom::questions
