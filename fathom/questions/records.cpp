#include "fathom/questions/records.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/data/records.h"

namespace fathom::questions {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos; }

std::string shown(std::string_view text) {
  constexpr std::size_t most = 60;
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && !starts_character(text[end])) --end;
  return std::string(text.substr(0, end)) + "…";
}

// Where else the answer stands, for a message.
std::string other_places(const AnswerInContext& place) {
  constexpr std::size_t most = 3;
  std::string places;
  std::size_t found = 0;
  for (std::size_t at = place.context.find(place.answer); at != std::string::npos; at = place.context.find(place.answer, at + 1)) {
    if (++found > most) return places + " and elsewhere";
    places += fmt::format("{}{}", found == 1 ? "it stands at " : ", ", code_points(place.context, at));
  }
  return found == 0 ? "it stands nowhere in the context" : places;
}

}  // namespace

std::size_t code_points(std::string_view text, std::size_t offset) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), starts_character));
}

std::size_t byte_of_code_point(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  for (std::size_t passed = 0; at < text.size(); ++at) {
    if (starts_character(text[at]) && passed++ == index) break;
  }
  return at;
}

void check_answer(const AnswerInContext& place, const std::string& origin, std::size_t longest_context) {
  require(!is_blank(place.context), "{}: the context is empty; a passage that holds the answer is needed", origin);
  require(place.context.size() <= longest_context, "{}: the context has {} bytes, the limit is {}; cut it to the part around the answer",
          origin, place.context.size(), longest_context);
  require(!is_blank(place.answer), "{}: the answer is empty; a part of the context is needed", origin);
  require(place.answer_start <= place.context.size() && place.context.compare(place.answer_start, place.answer.size(), place.answer) == 0,
          "{}: the answer '{}' does not stand at character {} of the context (characters are Unicode code points, from 0); {}", origin,
          shown(place.answer), code_points(place.context, std::min(place.answer_start, place.context.size())), other_places(place));
}

std::pair<std::size_t, std::size_t> sentence_range(const QuestionRecord& record, const std::string& origin) {
  const auto& [context, answer, answer_start] = record.place;
  const std::size_t answer_end = answer_start + answer.size();
  for (std::size_t at = context.find(record.sentence); at != std::string::npos && at <= answer_start;
       at = context.find(record.sentence, at + 1)) {
    if (at + record.sentence.size() >= answer_end) return {at, at + record.sentence.size()};
  }
  fail("{}: the sentence '{}' is no part of the context that holds the answer '{}'", origin, shown(record.sentence), shown(answer));
}

QuestionRecord question_record(const Json& json, const std::string& origin, const RecordOptions& options) {
  QuestionRecord record;
  record.place.context = json_get<std::string>(json, "context", origin);
  record.place.answer = json_get<std::string>(json, "answer", origin);
  const auto start = json_get<std::uint64_t>(json, "answer_start", origin);
  const std::size_t length = code_points(record.place.context, record.place.context.size());
  require(is_blank(record.place.context) || start <= length,
          "{}: answer_start is {}, but the context has {} characters (Unicode code points); '{}': {}", origin, start, length,
          shown(record.place.answer), other_places(record.place));
  record.place.answer_start = byte_of_code_point(record.place.context, start);
  check_answer(record.place, origin, options.longest_context);
  record.question = json_get_or<std::string>(json, "question", "", origin);
  require(!options.question_required || !is_blank(record.question), "{}: a record to learn from needs a question", origin);
  record.id = json_get_or<std::string>(json, "id", "", origin);
  record.article = json_get_or<std::string>(json, "article", "", origin);
  record.sentence = json_get_or<std::string>(json, "sentence", "", origin);
  if (!record.sentence.empty()) sentence_range(record, origin);
  return record;
}

OrderedJson question_record_json(const QuestionRecord& record) {
  OrderedJson json;
  if (!record.id.empty()) json["id"] = record.id;
  if (!record.article.empty()) json["article"] = record.article;
  json["context"] = record.place.context;
  if (!record.sentence.empty()) json["sentence"] = record.sentence;
  json["answer"] = record.place.answer;
  json["answer_start"] = code_points(record.place.context, record.place.answer_start);
  if (!record.question.empty()) json["question"] = record.question;
  return json;
}

void for_each_question_record(const std::filesystem::path& file, const RecordOptions& options,
                              const std::function<void(QuestionRecord, const std::string&)>& visit) {
  data::for_each_record(file,
                        [&](const Json& json, const std::string& position) { visit(question_record(json, position, options), position); });
}

std::vector<QuestionRecord> read_question_records(const std::filesystem::path& file, const RecordOptions& options) {
  std::vector<QuestionRecord> records;
  for_each_question_record(file, options, [&](QuestionRecord record, const std::string&) { records.push_back(std::move(record)); });
  return records;
}

}  // namespace fathom::questions
