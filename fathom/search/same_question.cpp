#include "fathom/search/same_question.h"

#include <algorithm>
#include <iterator>

namespace fathom::search {

std::vector<std::string> question_words(index::PageReader& reader, std::string_view question) {
  std::vector<std::string> words;
  for (index::TextQuery::Term& term : reader.text_query(question).terms) words.push_back(std::move(term.term));
  std::sort(words.begin(), words.end());
  return words;
}

bool ask_the_same(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  const std::size_t all = a.size() + b.size() - both.size();
  return all == 0 || 4 * both.size() >= 3 * all;
}

}  // namespace fathom::search
