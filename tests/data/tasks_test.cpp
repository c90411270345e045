#include "fathom/data/tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TasksTest : public testing::Test {
 protected:
  std::vector<Task> tasks(std::string_view lines, TaskFormat format = TaskFormat::automatic, const TaskFields& fields = {}) {
    write_file_atomically(scratch_ / "tasks.jsonl", lines);
    return read_tasks(scratch_ / "tasks.jsonl", format, fields);
  }
  std::string refusal(std::string_view lines, TaskFormat format = TaskFormat::automatic, const TaskFields& fields = {}) {
    return message_of<Error>([&] { tasks(lines, format, fields); });
  }
  ScratchDirectory scratch_;
};

TEST_F(TasksTest, Gsm8kKeepsTheWorkAndFindsTheAnswer) {
  const Task task = tasks(R"({"question": "How many?", "answer": "48/2 = <<48/2=24>>24.\nSo 72.\n#### 72"})").front();
  EXPECT_EQ(task.prompt, "How many?");
  EXPECT_EQ(task.answer, "72");
  EXPECT_EQ(task.solution, "48/2 = <<48/2=24>>24.\nSo 72.");
}

TEST_F(TasksTest, PlainAnswersStandAsTheyAre) {
  const std::vector<Task> read = tasks(
      "{\"prompt\": \"1+1\", \"answer\": 2}\n"
      "{\"problem\": \"x\", \"solution\": \"work\", \"answer\": \" 1/2 \"}\n"
      "{\"instruction\": \"Add\", \"input\": \"1 and 2\", \"output\": \"3\"}\n");
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[0].answer, "2");
  EXPECT_EQ(read[0].solution, "");
  EXPECT_EQ(read[1].answer, "1/2");
  EXPECT_EQ(read[1].solution, "work");
  EXPECT_EQ(read[2].prompt, "Add\n1 and 2");
  EXPECT_EQ(read[2].answer, "3");
  EXPECT_EQ(tasks(R"({"prompt": "p", "answer": "a #### b"})", TaskFormat::plain).front().answer, "a #### b");
}

TEST_F(TasksTest, NamedFieldsAndLists) {
  const Task task =
      tasks(R"([{"q": "one?", "gold": "1", "answer": "no"}])", TaskFormat::automatic, {.prompt = "q", .answer = "gold"}).front();
  EXPECT_EQ(task.prompt, "one?");
  EXPECT_EQ(task.answer, "1");
}

TEST_F(TasksTest, SaysWhereARecordIsBad) {
  const std::string good = "{\"prompt\": \"p\", \"answer\": \"a\"}\n";
  EXPECT_THAT(refusal(good + "{\"prompt\": \n"), HasSubstr("tasks.jsonl:2"));
  EXPECT_THAT(refusal(good + "{\"answer\": \"a\"}\n"), AllOf(HasSubstr("tasks.jsonl:2"), HasSubstr("prompt")));
  EXPECT_THAT(refusal(good + "{\"prompt\": \"p\"}\n"), AllOf(HasSubstr("tasks.jsonl:2"), HasSubstr("answer")));
  EXPECT_THAT(refusal(good + "{\"prompt\": \" \", \"answer\": \"a\"}\n"), AllOf(HasSubstr("tasks.jsonl:2"), HasSubstr("empty")));
  EXPECT_THAT(refusal(good + "{\"prompt\": {}, \"answer\": \"a\"}\n"), AllOf(HasSubstr("tasks.jsonl:2"), HasSubstr("'prompt'")));
  EXPECT_THAT(refusal(good, TaskFormat::gsm8k), AllOf(HasSubstr("tasks.jsonl:1"), HasSubstr("####")));
  EXPECT_THAT(refusal(good, TaskFormat::automatic, {.prompt = "q", .answer = ""}), HasSubstr("'q'"));
  EXPECT_THAT(refusal(""), HasSubstr("no records"));
  EXPECT_THAT(message_of<UsageError>([] { task_format("csv"); }), AllOf(HasSubstr("csv"), HasSubstr("gsm8k")));
}

TEST_F(TasksTest, Gsm8kItself) {
  const char* named = std::getenv("FATHOM_SHARED");
  const std::filesystem::path shared =
      named != nullptr ? std::filesystem::path(named) : std::filesystem::path(FATHOM_SOURCE_DIR) / ".." / "shared";
  const std::filesystem::path path = shared / "data" / "math" / "gsm8k" / "train.jsonl.xz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no shared folder with " << path;
  const std::vector<Task> read = read_tasks(path, TaskFormat::gsm8k);
  EXPECT_EQ(read.size(), 7473u);
  EXPECT_EQ(read.front().answer, "72");
}

}  // namespace
}  // namespace fathom::data
