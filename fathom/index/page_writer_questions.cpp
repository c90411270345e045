// The questions of a PageWriter's pages: those that BM25 finds them by, and those that are shown.
#include "fathom/base/error.h"
#include "fathom/index/page_writer.h"
#include "fathom/text/utf8.h"

namespace fathom::index {
namespace {

void check_line(std::string_view text, const char* what, std::string_view id) {
  require(text.find_first_not_of(" \t\r\n") != std::string_view::npos, "{} of page '{}' is blank", what, id);
  require(text::valid_prefix(text) == text.size() && text.find('\0') == std::string_view::npos, "{} of page '{}' is no UTF-8 text", what,
          id);
}

void check_sentence(std::int64_t sentence, std::size_t sentences, std::string_view id) {
  require(sentence >= 0 && sentence < static_cast<std::int64_t>(sentences),
          "a question of page '{}' is about its sentence {}, but it has {} sentences; were the questions made from another text?", id,
          sentence, sentences);
}

}  // namespace

std::int64_t PageWriter::number_of(std::string_view id) {
  find_.reset();
  require(find_.bind(1, id).step(), "{}: there is no page with the id '{}'", directory_.string(), id);
  const std::int64_t number = find_.integer(0);
  find_.reset();
  return number;
}

std::string PageWriter::question_text(std::int64_t number) {
  std::vector<PageQuestion> questions;
  select_questions_.reset();
  select_questions_.bind(1, number);
  while (select_questions_.step()) questions.push_back({0, std::string(select_questions_.text(0))});
  select_questions_.reset();
  return joined(questions);
}

void PageWriter::replace_questions(std::int64_t number, const std::vector<PageQuestion>& questions) {
  const PageText page = read_text(number);
  const std::string before = question_text(number), after = joined(questions);
  delete_text_.bind(1, number).bind(2, page.title).bind(3, page.body).bind(4, before).run();
  add_terms({page.title, page.body, before}, -1);
  Statement(database_, "DELETE FROM questions WHERE document = ?1").bind(1, number).run();
  Statement insert(database_, "INSERT INTO questions VALUES(?1, ?2, ?3, ?4)");
  std::int64_t ordinal = 0;
  for (const PageQuestion& question : questions)
    insert.bind(1, number).bind(2, ordinal++).bind(3, question.sentence).bind(4, question.question).run();
  insert_text_.bind(1, number).bind(2, page.title).bind(3, page.body).bind(4, after).run();
  add_terms({page.title, page.body, after}, 1);
}

void PageWriter::set_questions(std::string_view id, const std::vector<PageQuestion>& questions) {
  begin();
  const std::int64_t number = number_of(id);
  const std::size_t sentences = read_text(number).spans.size();
  for (const PageQuestion& question : questions) {
    check_sentence(question.sentence, sentences, id);
    check_line(question.question, "a question", id);
  }
  replace_questions(number, questions);
}

void PageWriter::set_suggestions(std::string_view id, const std::vector<PageSuggestion>& suggestions) {
  begin();
  const std::int64_t number = number_of(id);
  const std::size_t sentences = read_text(number).spans.size();
  for (const PageSuggestion& suggestion : suggestions) {
    check_sentence(suggestion.sentence, sentences, id);
    check_line(suggestion.question, "a question", id);
    check_line(suggestion.answer, "an answer", id);
  }
  Statement(database_, "DELETE FROM suggestions WHERE document = ?1").bind(1, number).run();
  Statement insert(database_, "INSERT INTO suggestions VALUES(?1, ?2, ?3, ?4, ?5)");
  std::int64_t ordinal = 0;
  for (const PageSuggestion& suggestion : suggestions) {
    insert.bind(1, number).bind(2, ordinal++).bind(3, suggestion.sentence).bind(4, suggestion.question).bind(5, suggestion.answer);
    insert.run();
  }
}

std::int64_t PageWriter::clear_questions() {
  begin();
  std::vector<std::int64_t> numbers;
  Statement select(database_, "SELECT DISTINCT document FROM questions ORDER BY document");
  while (select.step()) numbers.push_back(select.integer(0));
  select.reset();
  for (const std::int64_t number : numbers) replace_questions(number, {});
  return static_cast<std::int64_t>(numbers.size());
}

std::int64_t PageWriter::clear_suggestions() {
  begin();
  Statement count(database_, "SELECT count(DISTINCT document) FROM suggestions");
  count.step();
  const std::int64_t pages = count.integer(0);
  count.reset();
  database_.execute("DELETE FROM suggestions");
  return pages;
}

void PageWriter::set_question_weight(double weight) {
  begin();
  state_.question_weight = weight;
}

}  // namespace fathom::index
