#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "fathom/base/rng.h"
#include "fathom/search/learn_ranking.h"

namespace fathom::search {
namespace {

constexpr std::int64_t depth = 50;
constexpr std::size_t fewest_sentences = 3;
constexpr std::size_t fewest_words = 2, most_words = 8;

// A page with one of its parts taken out, and the query made of that part.
struct Cloze {
  std::string query;
  std::string title, body;
  std::vector<index::PageQuestion> questions;  // of the page, without those about the query's sentence
  std::vector<std::string_view> sentences;     // of `text`, without the query's
};

// Words of a sentence that tell pages apart, some of them left out, in their order.
std::string some_words(const Searcher::View& view, std::string_view sentence, Rng& rng) {
  const index::TextQuery query = view.reader.text_query(sentence);
  std::vector<std::size_t> usable;  // rarest first
  for (std::size_t i = 0; i < query.terms.size(); ++i)
    if (query.terms[i].documents > 1 && query.terms[i].idf > 1.0) usable.push_back(i);
  if (usable.size() < fewest_words) return {};
  const std::size_t wanted = std::min<std::size_t>(usable.size(), fewest_words + rng.below(most_words - fewest_words + 1));
  std::string words;
  for (const std::int64_t at : rng.permutation(static_cast<std::int64_t>(usable.size()))) {
    words += (words.empty() ? "" : " ") + query.terms[usable[static_cast<std::size_t>(at)]].word;
    if (std::count(words.begin(), words.end(), ' ') + 1 >= static_cast<std::ptrdiff_t>(wanted)) break;
  }
  return words;
}

std::optional<Cloze> make_cloze(const Searcher::View& view, std::int64_t number, const index::Page& page,
                                const std::vector<text::Span>& sentences, Rng& rng) {
  Cloze cloze;
  const bool by_title = rng.below(2) == 0 && page.title.size() >= 8;
  const std::size_t taken = by_title ? sentences.size() : rng.below(sentences.size());
  cloze.query = by_title ? page.title : some_words(view, sentences[taken].of(page.text), rng);
  if (cloze.query.empty()) return std::nullopt;
  if (!by_title) cloze.title = page.title;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const std::string_view sentence = sentences[i].of(page.text);
    // Many collections repeat the title as the first sentence.
    if (i == taken || (by_title && sentence.starts_with(page.title))) continue;
    cloze.sentences.push_back(sentence);
    cloze.body += sentence;
    cloze.body += '\n';
  }
  for (index::PageQuestion& question : view.reader.questions(number))
    if (question.sentence != static_cast<std::int64_t>(taken)) cloze.questions.push_back(std::move(question));
  return cloze.sentences.empty() ? std::nullopt : std::optional(std::move(cloze));
}

// The page without the part that the query was made of, as a search would see it.
Candidate without_part(const Searcher::View& view, const Cloze& cloze, const CandidateSet& found, std::int64_t most_vectors) {
  Candidate candidate;
  candidate.compared = found.has_vector();
  candidate.bm25 = view.reader.score_text(found.terms, cloze.title, cloze.body, index::joined(cloze.questions));
  candidate.text_share = found.terms.most > 0.0 ? candidate.bm25 / found.terms.most : 0.0;
  if (view.encoder != nullptr && !found.vector.empty()) {
    for (const index::PageVector& vector : view.encoder->encode_page(cloze.title, cloze.sentences, most_vectors)) {
      double dot = 0.0;
      for (std::size_t i = 0; i < vector.values.size(); ++i)
        dot += static_cast<double>(vector.values[i]) * static_cast<double>(found.vector[i]);
      candidate.cosine = std::max(candidate.cosine, dot);
    }
  }
  return candidate;
}

}  // namespace

std::vector<RankingExample> pseudo_examples(Searcher& searcher, std::uint64_t seed, std::int64_t queries) {
  std::vector<RankingExample> examples;
  searcher.with_view([&](const Searcher::View& view) {
    const std::vector<std::int64_t> pages = view.reader.all_pages();
    Rng rng(seed, 0x636c6f7a65);
    std::int64_t made = 0;
    // More pages than queries are looked at: not every page makes one.
    for (const std::int64_t at : rng.permutation(static_cast<std::int64_t>(pages.size()))) {
      if (made == queries) break;
      const std::int64_t number = pages[static_cast<std::size_t>(at)];
      const index::Page page = view.reader.page(number);
      const std::vector<text::Span> sentences = view.reader.sentences(number);
      if (sentences.size() < fewest_sentences) continue;
      const auto cloze = make_cloze(view, number, page, sentences, rng);
      if (!cloze) continue;
      const CandidateSet found = searcher.candidates(view, cloze->query, depth);
      const std::string hash = view.reader.hash(number);
      RankingExample example;
      example.as_searched = false;
      std::optional<Candidate> whole;
      for (const Candidate& candidate : found.candidates) {
        if (candidate.number == number) whole = candidate;
        if (view.reader.hash(candidate.number) != hash) example.candidates.push_back(candidate);
      }
      if (example.candidates.empty()) continue;
      example.gains.assign(example.candidates.size(), 0.0);
      example.gains.push_back(1.0);
      Candidate own = without_part(view, *cloze, found, view.reader.state().settings.most_vectors);
      own.number = number;
      example.candidates.push_back(own);
      ++made;
      examples.push_back(example);
      if (!whole) continue;
      example.candidates.back() = *whole;
      example.as_searched = true;
      examples.push_back(std::move(example));
    }
  });
  return examples;
}

}  // namespace fathom::search
