#include "fathom/data/tasks.h"

#include <algorithm>
#include <initializer_list>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/data/records.h"

namespace fathom::data {
namespace {

constexpr std::string_view mark = "####";

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// A string as it is, a number or truth value as JSON writes it, a list's only element.
std::string as_text(const Json& value, const std::string& key, const std::string& origin) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  if (value.is_array() && value.size() == 1) return as_text(value[0], key, origin);
  fail("{}: key '{}' is {}; text or a number is expected", origin, key, value.type_name());
}

std::string find_text(const Json& record, const std::string& wanted, std::initializer_list<const char*> known, const std::string& what,
                      const std::string& origin) {
  if (!wanted.empty()) {
    require(record.contains(wanted), "{}: the {} is expected under the key '{}', which is missing", origin, what, wanted);
    return as_text(record[wanted], wanted, origin);
  }
  std::string list;
  for (const char* key : known) {
    if (record.contains(key)) return as_text(record[key], key, origin);
    list += list.empty() ? key : std::string(", ") + key;
  }
  fail("{}: the {} is expected under one of the keys {}; name another key if it has one", origin, what, list);
}

Task read_task(const Json& record, TaskFormat format, const TaskFields& fields, const std::string& origin) {
  Task task;
  task.prompt = find_text(record, fields.prompt, {"prompt", "question", "problem", "instruction"}, "prompt", origin);
  if (fields.prompt.empty() && record.contains("instruction") && record.contains("input")) {
    const std::string input = as_text(record["input"], "input", origin);
    if (!trim(input).empty()) task.prompt += "\n" + input;
  }
  const std::string answer = find_text(record, fields.answer, {"answer", "response", "output", "golden", "target"}, "answer", origin);
  const std::size_t position = answer.rfind(mark);
  require(format != TaskFormat::gsm8k || position != std::string::npos, "{}: the answer does not end in '{} number', as GSM8K's do", origin,
          mark);
  if (format != TaskFormat::plain && position != std::string::npos) {
    task.answer = trim(std::string_view(answer).substr(position + mark.size()));
    task.solution = trim(std::string_view(answer).substr(0, position));
  } else {
    task.answer = trim(answer);
    if (record.contains("solution")) task.solution = as_text(record["solution"], "solution", origin);
  }
  require(!trim(task.prompt).empty(), "{}: the prompt is empty", origin);
  return task;
}

}  // namespace

TaskFormat task_format(std::string_view name) {
  if (name == "auto") return TaskFormat::automatic;
  if (name == "gsm8k") return TaskFormat::gsm8k;
  if (name == "plain") return TaskFormat::plain;
  fail_usage("unknown task format '{}'; known: auto, gsm8k, plain", name);
}

std::vector<Task> read_tasks(const std::filesystem::path& path, TaskFormat format, const TaskFields& fields) {
  std::vector<Task> tasks;
  for_each_record(path,
                  [&](const Json& record, const std::string& position) { tasks.push_back(read_task(record, format, fields, position)); });
  return tasks;
}

}  // namespace fathom::data
