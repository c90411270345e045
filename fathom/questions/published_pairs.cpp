#include "fathom/questions/published_pairs.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/questions/words.h"
#include "fathom/text/unicode_classes.h"
#include "fathom/text/utf8.h"
#include "fathom/text/words.h"

namespace fathom::questions {
namespace {

// A text's letters and decimal digits in lower case, and the byte of the text that each byte of them is from.
struct Letters {
  std::string text;
  std::vector<std::size_t> from;
};

Letters letters_of(std::string_view text) {
  namespace is = text::character_class;
  Letters letters;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = text::character_length(text.substr(at));
    if (length == 0) {
      ++at;
      continue;
    }
    const char32_t code = text::code_point(text.substr(at), length);
    const bool digit = code >= '0' && code <= '9';
    if (digit || (text::UnicodeClasses::get().of(code) & is::letter) != 0) {
      letters.text += text::lower_case(text.substr(at, length));
      letters.from.resize(letters.text.size(), at);
    }
    at += length;
  }
  return letters;
}

std::string without_brackets(std::string text) {
  for (const char* bracket : {"-lrb-", "-rrb-", "-lsb-", "-rsb-", "-lcb-", "-rcb-"}) {
    for (std::size_t at = text.find(bracket); at != std::string::npos; at = text.find(bracket, at)) text.replace(at, 5, " ");
  }
  return text;
}

std::vector<std::string> read_lines(const std::filesystem::path& file) {
  std::vector<std::string> read;
  LineReader lines(file);
  while (const auto line = lines.next()) {
    require(line->find_first_not_of(" \t\r") != std::string_view::npos, "{}: the line is blank", lines.position());
    read.emplace_back(*line);
  }
  return read;
}

// Where in the context the sentence stands: from its first letter to its last, and the signs behind it.
std::optional<std::pair<std::size_t, std::size_t>> find_sentence(const std::string& context, const Letters& letters,
                                                                 const std::string& sentence) {
  if (sentence.empty()) return std::nullopt;
  const std::size_t at = letters.text.find(sentence);
  if (at == std::string::npos) return std::nullopt;
  std::size_t begin = letters.from[at];
  std::size_t end = letters.from[at + sentence.size() - 1];
  end += text::character_length(std::string_view(context).substr(end));
  while (begin > 0 && !std::isspace(static_cast<unsigned char>(context[begin - 1]))) --begin;
  while (end < context.size() && !std::isspace(static_cast<unsigned char>(context[end]))) ++end;
  return std::pair(begin, end);
}

// Words that both have, in order (the longest common subsequence).
std::int64_t common_words(const std::vector<std::string>& a, const std::vector<text::Word>& b) {
  std::vector<std::int64_t> row(b.size() + 1, 0);
  for (const std::string& word : a) {
    std::int64_t diagonal = 0;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::int64_t above = row[j + 1];
      row[j + 1] = word == b[j].text ? diagonal + 1 : std::max(above, row[j]);
      diagonal = above;
    }
  }
  return row.back();
}

void compare_words(std::string_view sentence, const std::string& published, JoinReport& report) {
  const std::vector<std::string> ours = lower_case_words(sentence);
  const std::vector<text::Word> theirs = text::split_whitespace(published);
  const std::int64_t common = common_words(ours, theirs);
  ++report.sentences;
  report.words += static_cast<std::int64_t>(theirs.size());
  report.equal_words += common;
  if (ours.size() == theirs.size() && common == static_cast<std::int64_t>(ours.size())) ++report.equal_sentences;
}

// The answer's place nearest to where it is said to stand, within [begin, end).
std::optional<std::size_t> place_within(const AnswerInContext& place, std::size_t begin, std::size_t end) {
  if (place.answer_start >= begin && place.answer_start + place.answer.size() <= end) return place.answer_start;
  const std::size_t at = std::string_view(place.context).substr(0, end).find(place.answer, begin);
  if (at == std::string_view::npos) return std::nullopt;
  return at;
}

}  // namespace

PublishedPairs read_published_pairs(const std::filesystem::path& sentences, const std::filesystem::path& questions) {
  PublishedPairs pairs{read_lines(sentences), read_lines(questions)};
  require(pairs.sentences.size() == pairs.questions.size(),
          "{} has {} lines and {} has {}; line i of the one should be the sentence of the question in line i of the other",
          sentences.string(), pairs.sentences.size(), questions.string(), pairs.questions.size());
  require(!pairs.sentences.empty(), "{}: the file is empty", sentences.string());
  return pairs;
}

JoinedPairs join_published_pairs(const std::vector<QuestionRecord>& records, const PublishedPairs& pairs) {
  std::unordered_map<std::string, std::vector<std::size_t>> by_question;
  for (std::size_t r = 0; r < records.size(); ++r) by_question[letters_of(records[r].question).text].push_back(r);
  std::unordered_map<std::string, Letters> contexts;
  std::vector<bool> used(records.size(), false);

  JoinedPairs joined;
  JoinReport& report = joined.report;
  for (std::size_t p = 0; p < pairs.questions.size(); ++p) {
    ++report.pairs;
    const auto found = by_question.find(letters_of(without_brackets(pairs.questions[p])).text);
    if (found == by_question.end()) {
      ++report.without_record;
      continue;
    }
    const std::string sentence = letters_of(without_brackets(pairs.sentences[p])).text;
    struct Match {
      std::size_t record;
      std::optional<std::pair<std::size_t, std::size_t>> range;
      std::optional<std::size_t> answer;
    };
    // Records that have the sentence with the answer in it go before those that only have the sentence, and those before the others.
    const auto rank = [](const Match& match) { return match.answer ? 2 : match.range ? 1 : 0; };
    std::vector<Match> best;
    for (const std::size_t r : found->second) {
      if (used[r]) continue;
      const AnswerInContext& place = records[r].place;
      auto context = contexts.find(place.context);
      if (context == contexts.end()) context = contexts.emplace(place.context, letters_of(place.context)).first;
      Match match{r, find_sentence(place.context, context->second, sentence), std::nullopt};
      if (match.range) match.answer = place_within(place, match.range->first, match.range->second);
      if (!best.empty() && rank(match) > rank(best.front())) best.clear();
      if (best.empty() || rank(match) == rank(best.front())) best.push_back(match);
    }
    if (best.empty()) {
      ++report.without_record;
      continue;
    }
    if (best.size() > 1) ++report.ambiguous;
    const Match& match = best.front();
    used[match.record] = true;
    QuestionRecord record = records[match.record];
    if (!match.range) {
      ++report.without_sentence;
    } else {
      const auto [begin, end] = *match.range;
      compare_words(std::string_view(record.place.context).substr(begin, end - begin), pairs.sentences[p], report);
      if (!match.answer) {
        ++report.answer_outside;
      } else {
        if (*match.answer != record.place.answer_start) ++report.moved;
        record.place.answer_start = *match.answer;
        record.sentence = record.place.context.substr(begin, end - begin);
      }
    }
    joined.records.push_back(std::move(record));
  }
  return joined;
}

}  // namespace fathom::questions
