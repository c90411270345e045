#include "fathom/search/suggestions.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "fathom/search/same_question.h"

namespace fathom::search {
namespace {

// Set by hand, on questions about a dozen pages.
constexpr double least_share = 0.2;             // of the query's words, by their weight
constexpr double least_share_unanswered = 0.5;  // the pages found are doubtful then
constexpr double least_cosine = 0.6;
constexpr std::int64_t most_of_a_page = 2;

struct Choice {
  std::size_t hit = 0;
  index::PageSuggestion suggestion;
  double relation = 0;  // what the order goes by
};

double cosine(const Searcher::View& view, const std::vector<float>& query, const std::string& question) {
  if (view.encoder == nullptr || query.empty()) return 0.0;
  const std::vector<float> vector = view.encoder->encode_query(question);
  return std::inner_product(vector.begin(), vector.end(), query.begin(), 0.0);
}

Suggestion shown(const Searcher::View& view, const SearchHit& hit, index::PageSuggestion suggestion) {
  const std::vector<text::Span> sentences = view.reader.sentences(hit.number);
  const std::string text = view.reader.page(hit.number).text;
  const text::Span span = sentences.at(static_cast<std::size_t>(suggestion.sentence));
  return {
      std::move(suggestion.question), std::move(suggestion.answer), hit.id, hit.title, hit.url, suggestion.sentence, span.begin, span.end,
      std::string(span.of(text))};
}

}  // namespace

std::vector<Suggestion> choose_suggestions(const Searcher::View& view, const SearchResponse& response, const std::string& query,
                                           const std::vector<float>& vector, std::int64_t most) {
  std::vector<Choice> choices;
  for (std::size_t i = 0; i < response.hits.size(); ++i) {
    for (index::PageSuggestion& suggestion : view.reader.suggestions(response.hits[i].number)) {
      const double share = view.reader.highlights(response.terms, suggestion.question).share;
      const double near = std::max(0.0, cosine(view, vector, suggestion.question));
      const bool related = response.answered ? share >= least_share || near >= least_cosine || i == 0 : share >= least_share_unanswered;
      if (related) choices.push_back({i, std::move(suggestion), share + near + response.hits[i].probability});
    }
  }
  std::stable_sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) { return a.relation > b.relation; });
  std::vector<std::vector<std::string>> asked = {question_words(view.reader, query)};
  std::vector<std::int64_t> of_page(response.hits.size(), 0);
  std::vector<Suggestion> suggestions;
  for (Choice& choice : choices) {
    if (static_cast<std::int64_t>(suggestions.size()) == most) break;
    if (of_page[choice.hit] == most_of_a_page) continue;
    std::vector<std::string> words = question_words(view.reader, choice.suggestion.question);
    if (std::any_of(asked.begin(), asked.end(), [&](const auto& other) { return ask_the_same(words, other); })) continue;
    asked.push_back(std::move(words));
    ++of_page[choice.hit];
    suggestions.push_back(shown(view, response.hits[choice.hit], std::move(choice.suggestion)));
  }
  return suggestions;
}

}  // namespace fathom::search
