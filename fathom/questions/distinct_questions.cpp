#include "fathom/questions/distinct_questions.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "fathom/base/edit_distance.h"
#include "fathom/questions/closed_classes.h"
#include "fathom/questions/words.h"

namespace fathom::questions {
namespace {

struct Wording {
  std::string words;              // lower-cased, one space between them, without punctuation
  std::set<std::string> content;  // words that are not grammar; all of them where there are no others
};

bool is_punctuation(std::string_view word) {
  return std::none_of(word.begin(), word.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; });
}

Wording wording_of(std::string_view text) {
  Wording wording;
  std::set<std::string> all;
  for (const std::string& word : lower_case_words(text)) {
    if (is_punctuation(word)) continue;
    if (!wording.words.empty()) wording.words += ' ';
    wording.words += word;
    all.insert(word);
    if (!closed_classes().contains(word)) wording.content.insert(word);
  }
  if (wording.content.empty()) wording.content = std::move(all);
  return wording;
}

double shared_content(const Wording& a, const Wording& b) {
  std::vector<std::string_view> common;
  std::set_intersection(a.content.begin(), a.content.end(), b.content.begin(), b.content.end(), std::back_inserter(common));
  const std::size_t either = a.content.size() + b.content.size() - common.size();
  return either == 0 ? 1.0 : static_cast<double>(common.size()) / static_cast<double>(either);
}

}  // namespace

std::vector<std::size_t> distinct_questions(std::span<const AnsweredQuestion> questions, const DistinctOptions& options) {
  std::vector<std::size_t> kept;
  std::vector<Wording> wordings;
  std::unordered_set<std::string> known;
  std::unordered_map<std::string, std::vector<std::size_t>> by_answer;  // kept ones
  for (std::size_t q = 0; q < questions.size(); ++q) {
    wordings.push_back(wording_of(questions[q].question));
    const Wording& wording = wordings.back();
    std::vector<std::size_t>& rivals = by_answer[wording_of(questions[q].answer).words];
    const auto asks_the_same = [&](std::size_t other) {
      const Wording& another = wordings[other];
      if (wording.content == another.content) return true;
      const double longer = static_cast<double>(std::max(wording.words.size(), another.words.size()));
      if (static_cast<double>(edit_distance(wording.words, another.words)) <= options.edit_share * longer) return true;
      return questions[q].type == questions[other].type && shared_content(wording, another) >= options.content_share;
    };
    if (known.contains(wording.words) || std::any_of(rivals.begin(), rivals.end(), asks_the_same)) continue;
    known.insert(wording.words);
    rivals.push_back(q);
    kept.push_back(q);
  }
  return kept;
}

}  // namespace fathom::questions
