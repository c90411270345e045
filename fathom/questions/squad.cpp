#include "fathom/questions/squad.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/questions/words.h"
#include "fathom/text/sentences.h"
#include "fathom/text/words.h"

namespace fathom::questions {
namespace {

const Json& list_of(const Json& object, const char* key, std::string_view origin) {
  require(object.is_object() && object.contains(key) && object[key].is_array(),
          "{}: a list '{}' is missing; SQuAD's JSON is expected: {{data: [{{title, paragraphs: [{{context, qas: [{{id, question, answers: "
          "[{{text, answer_start}}]}}]}}]}}]}}",
          origin, key);
  return object[key];
}

bool is_word_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80) != 0; }

bool is_whole_word(std::string_view text, std::size_t begin, std::size_t end) {
  const bool cut_before = begin > 0 && is_word_byte(text[begin - 1]) && is_word_byte(text[begin]);
  const bool cut_behind = end < text.size() && is_word_byte(text[end]) && is_word_byte(text[end - 1]);
  return !cut_before && !cut_behind;
}

// The questions of one paragraph.
void take_questions(const Json& paragraph, const std::string& title, const std::string& origin, const RecordOptions& options,
                    SquadRecords& squad) {
  const auto context = json_get<std::string>(paragraph, "context", origin);
  for (const Json& question : list_of(paragraph, "qas", origin)) {
    QuestionRecord record;
    record.id = json_get_or<std::string>(question, "id", "", origin);
    const std::string where = fmt::format("{}, question '{}'", origin, record.id);
    const Json& answers = list_of(question, "answers", where);
    if (answers.empty()) {
      ++squad.report.without_answer;
      continue;
    }
    record.article = title;
    record.question = json_get<std::string>(question, "question", where);
    record.place.context = context;
    record.place.answer = json_get<std::string>(answers[0], "text", where);
    record.place.answer_start = byte_of_code_point(context, json_get<std::uint64_t>(answers[0], "answer_start", where));
    check_answer(record.place, where, options.longest_context);
    if (json_get_or<std::int64_t>(answers[0], "n_occurrences", 1, where) > 1) {
      const std::size_t place = likeliest_place(context, record.place.answer, record.question);
      ++squad.report.several_places;
      if (place != record.place.answer_start) ++squad.report.moved;
      record.place.answer_start = place;
    }
    ++squad.report.questions;
    squad.records.push_back(std::move(record));
  }
}

}  // namespace

SquadRecords read_squad(const std::filesystem::path& file, const RecordOptions& options) {
  SquadRecords squad;
  const Json json = read_json(file);
  for (const Json& article : list_of(json, "data", file.string())) {
    const auto title = json_get_or<std::string>(article, "title", "", file.string());
    ++squad.report.articles;
    std::int64_t number = 0;
    for (const Json& paragraph : list_of(article, "paragraphs", fmt::format("{}, article '{}'", file.string(), title))) {
      ++squad.report.paragraphs;
      take_questions(paragraph, title, fmt::format("{}, article '{}', paragraph {}", file.string(), title, ++number), options, squad);
    }
  }
  require(!squad.records.empty(), "{}: there is no question with an answer in this file", file.string());
  return squad;
}

std::size_t likeliest_place(std::string_view context, std::string_view answer, std::string_view question) {
  thread_local text::SentenceSplitter splitter;
  std::vector<std::set<std::string>> words;  // of each sentence
  std::unordered_map<std::string, int> sentences_with;
  const std::vector<text::Span> sentences = splitter.split(context);
  for (const text::Span& sentence : sentences) {
    const std::vector<std::string> of_sentence = lower_case_words(sentence.of(context));
    words.emplace_back(of_sentence.begin(), of_sentence.end());
    for (const std::string& word : words.back()) ++sentences_with[word];
  }
  const std::vector<std::string> asked = lower_case_words(question);
  const std::set<std::string> question_words(asked.begin(), asked.end());
  const auto score = [&](std::size_t place) {
    double shared = 0;
    for (std::size_t s = 0; s < sentences.size(); ++s) {
      if (sentences[s].end <= place || sentences[s].begin >= place + answer.size()) continue;
      for (const std::string& word : question_words)
        if (words[s].contains(word)) shared += std::log((static_cast<double>(sentences.size()) + 1) / sentences_with[word]);
    }
    return std::pair(is_whole_word(context, place, place + answer.size()), shared);
  };
  std::size_t best = context.find(answer);
  require(best != std::string_view::npos, "the answer '{}' stands nowhere in the context", answer);
  auto best_score = score(best);
  for (std::size_t at = context.find(answer, best + 1); at != std::string_view::npos; at = context.find(answer, at + 1)) {
    if (const auto here = score(at); here > best_score) {
      best = at;
      best_score = here;
    }
  }
  return best;
}

std::string plain_title(std::string_view title) {
  std::string plain;
  for (std::size_t i = 0; i < title.size(); ++i) {
    const auto digit = [&](std::size_t at) { return at < title.size() && std::isxdigit(static_cast<unsigned char>(title[at])) != 0; };
    if (title[i] == '%' && digit(i + 1) && digit(i + 2)) {
      plain += static_cast<char>(std::stoi(std::string(title.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      plain += title[i] == '_' ? ' ' : title[i];
    }
  }
  return text::lower_case(plain);
}

std::vector<std::string> read_titles(const std::filesystem::path& file) {
  std::vector<std::string> titles;
  LineReader lines(file);
  while (const auto line = lines.next()) {
    const std::size_t begin = line->find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) continue;
    titles.emplace_back(line->substr(begin, line->find_last_not_of(" \t\r") + 1 - begin));
  }
  require(!titles.empty(), "{}: there are no titles in this file; one a line is expected", file.string());
  return titles;
}

std::vector<std::string> keep_titles(std::vector<QuestionRecord>& records, const std::vector<std::string>& titles) {
  std::unordered_set<std::string> wanted, found;
  for (const std::string& title : titles) wanted.insert(plain_title(title));
  std::erase_if(records, [&](const QuestionRecord& record) {
    const std::string title = plain_title(record.article);
    if (!wanted.contains(title)) return true;
    found.insert(title);
    return false;
  });
  std::vector<std::string> missing;
  for (const std::string& title : titles)
    if (!found.contains(plain_title(title))) missing.push_back(title);
  return missing;
}

}  // namespace fathom::questions
