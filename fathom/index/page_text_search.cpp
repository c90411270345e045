// The BM25 half of a page reader.
#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "fathom/index/page_connection.h"
#include "fathom/text/function_words.h"
#include "fathom/text/words.h"

namespace fathom::index {
namespace {

constexpr double least_idf = 1e-6;                  // FTS5's, for words that more than half of the pages have
constexpr std::size_t few_matches = 100;            // pages with both of two frequent words; with fewer, pages with one are looked at, too
constexpr std::size_t most_query_bytes = 64 << 10;  // of a longer query, its beginning

// A word as a string of FTS5's query language, in which nothing has a meaning but the quotation mark.
std::string quoted(const std::string& word) {
  std::string out = "\"";
  for (const char c : word) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

double idf_of(std::int64_t documents, std::int64_t pages) {
  const auto n = static_cast<double>(documents), all = static_cast<double>(pages);
  return std::max(least_idf, std::log((all - n + 0.5) / (n + 0.5)));
}

// Of a query that is nothing but grammar, the words of grammar are what is looked for.
void weigh(std::vector<TextQuery::Term>& terms, std::int64_t pages) {
  const auto grammar = [](const TextQuery::Term& term) { return text::is_function_word(text::lower_case(term.word)); };
  const bool nothing_else = std::all_of(terms.begin(), terms.end(), grammar);
  for (TextQuery::Term& term : terms)
    if (nothing_else || !grammar(term))
      term.weight = std::log((static_cast<double>(pages) + 1.0) / (static_cast<double>(term.documents) + 0.5));
}

}  // namespace

TextQuery PageReader::text_query(std::string_view text, const TextQueryOptions& options) {
  TextQuery query;
  query.questions = options.questions;
  text = text.substr(0, most_query_bytes);
  std::unordered_set<std::string> seen;
  for (TermSplitter::Term& term : connection_->terms.split(text)) {
    if (!seen.insert(term.term).second) continue;
    Statement& frequency = connection_->frequency;
    frequency.reset();
    const std::int64_t documents = frequency.bind(1, term.term).step() ? frequency.integer(0) : 0;
    frequency.reset();
    query.terms.push_back({.word = std::string(text.substr(term.begin, term.end - term.begin)),
                           .term = std::move(term.term),
                           .documents = documents,
                           .idf = idf_of(documents, state_.pages)});
  }
  weigh(query.terms, state_.pages);
  std::stable_sort(query.terms.begin(), query.terms.end(),
                   [](const TextQuery::Term& a, const TextQuery::Term& b) { return a.documents < b.documents; });
  std::int64_t matches = 0, used = 0;
  for (TextQuery::Term& term : query.terms) {
    if (term.weight == 0.0 && term.documents == 0) continue;  // no page could have been expected to have it
    query.most += term.idf * (bm25_k1 + 1.0);
    if (term.documents <= 0 || used == options.most_terms) continue;
    if (options.most_matches > 0 && used > 0 && matches + term.documents > options.most_matches) {
      // Too frequent together with the others; the second of two that are each too frequent narrows the first.
      if (used > 1 || query.all || matches <= options.most_matches) continue;
      query.all = true;
    }
    matches += term.documents;
    term.used = true;
    ++used;
  }
  if (matches > options.most_matches) query.limit = options.most_matches;
  return query;
}

std::vector<TextHit> PageReader::matches(const std::vector<const TextQuery::Term*>& terms, const char* joined, bool questions,
                                         std::int64_t limit) {
  std::string expression;
  std::vector<double> weights;
  for (const TextQuery::Term* term : terms) {
    expression += (expression.empty() ? "" : joined) + quoted(term->word);
    weights.push_back(term->idf);
  }
  std::vector<TextHit> hits;
  if (expression.empty()) return hits;
  if (!questions) expression = "{title body} : (" + expression + ")";
  const double columns[] = {1.0, 1.0, state_.question_weight};
  Statement& match = connection_->match;
  match.reset();
  match.bind(1, expression).bind_bytes(2, std::as_bytes(std::span(weights)));
  match.bind_real(3, static_cast<double>(state_.tokens) / static_cast<double>(std::max<std::int64_t>(1, state_.pages)));
  match.bind_bytes(4, std::as_bytes(std::span(columns))).bind(5, limit > 0 ? limit : -1);
  while (match.step()) hits.push_back({match.integer(0), match.real(1)});
  match.reset();
  return hits;
}

std::vector<TextHit> PageReader::search_text(const TextQuery& query, const AllowedPages& allowed) {
  std::vector<const TextQuery::Term*> terms;
  for (const TextQuery::Term& term : query.terms)
    if (term.used) terms.push_back(&term);
  // A filter comes after: what it lets through may lie behind the limit.
  std::vector<TextHit> hits = matches(terms, query.all ? " AND " : " OR ", query.questions, allowed ? 0 : query.limit);
  if (query.all && hits.size() < few_matches) {
    std::unordered_set<std::int64_t> seen;
    for (const TextHit& hit : hits) seen.insert(hit.document);
    for (const TextHit& hit : matches({terms.front()}, "", query.questions, allowed ? 0 : query.limit))
      if (!seen.contains(hit.document)) hits.push_back(hit);
  }
  if (allowed) std::erase_if(hits, [&](const TextHit& hit) { return !std::binary_search(allowed->begin(), allowed->end(), hit.document); });
  std::sort(hits.begin(), hits.end(),
            [](const TextHit& a, const TextHit& b) { return a.score != b.score ? a.score > b.score : a.document < b.document; });
  return hits;
}

double PageReader::score_text(const TextQuery& query, std::string_view title, std::string_view body, std::string_view questions) {
  std::unordered_map<std::string, double> counts;
  double length = 0.0;
  const auto count = [&](std::string_view part, double weight) {
    for (TermSplitter::Term& term : connection_->terms.split(part)) {
      counts[std::move(term.term)] += weight;
      ++length;
    }
  };
  count(title, 1.0);
  count(body, 1.0);
  count(questions, state_.question_weight);
  const double average = static_cast<double>(state_.tokens) / static_cast<double>(std::max<std::int64_t>(1, state_.pages));
  const double damping = bm25_k1 * (1.0 - bm25_b + bm25_b * length / std::max(1.0, average));
  double score = 0.0;
  for (const TextQuery::Term& term : query.terms) {
    const auto found = counts.find(term.term);
    if (term.used && found != counts.end()) score += term.idf * found->second * (bm25_k1 + 1.0) / (found->second + damping);
  }
  return score;
}

PageReader::Highlights PageReader::highlights(const TextQuery& query, std::string_view text) {
  std::unordered_map<std::string_view, double> wanted;
  double all = 0.0;
  for (const TextQuery::Term& term : query.terms) {
    all += term.weight;
    if (term.documents > 0 && term.weight > 0.0) wanted.emplace(term.term, term.weight);
  }
  Highlights found;
  for (const TermSplitter::Term& term : connection_->terms.split(text)) {
    const auto entry = wanted.find(term.term);
    if (entry == wanted.end()) continue;
    found.spans.push_back({term.begin, term.end});
    found.share += entry->second / all;
    entry->second = 0.0;  // counts once
  }
  return found;
}

}  // namespace fathom::index
