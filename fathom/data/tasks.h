// Problems with known answers as JSON records: what SFT, reinforcement learning and evaluation read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::data {

struct Task {
  std::string prompt;
  std::string answer;    // the final answer, to be compared with
  std::string solution;  // the worked answer, where the file has one; else empty
};

// gsm8k: the worked answer ends in "#### 72". plain: the answer stands as it is. automatic: record by record, by that mark.
enum class TaskFormat { automatic, gsm8k, plain };
// "auto", "gsm8k", "plain". Throws UsageError listing them.
TaskFormat task_format(std::string_view name);

// Keys of a record; empty: the first that is there of prompt, question, problem, instruction (with `input` appended), and of
// answer, response, output, golden, target. `solution` of a record is its key "solution".
struct TaskFields {
  std::string prompt, answer;
};

// Every record of a JSONL file or JSON list (data/records.h; plain, gzip, xz, zstd). Throws Error with file:line for a broken record, a
// missing key, a gsm8k record without its mark; and for a file without records.
std::vector<Task> read_tasks(const std::filesystem::path& path, TaskFormat format = TaskFormat::automatic, const TaskFields& fields = {});

}  // namespace fathom::data
