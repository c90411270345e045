// The BM25 half of a page reader.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "fathom/index/page_connection.h"

namespace fathom::index {
namespace {

constexpr double k1 = 1.2, b = 0.75;                // FTS5's
constexpr double least_idf = 1e-6;                  // FTS5's, for words that more than half of the pages have
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
    query.terms.push_back(
        {std::string(text.substr(term.begin, term.end - term.begin)), std::move(term.term), documents, idf_of(documents, state_.pages)});
  }
  std::stable_sort(query.terms.begin(), query.terms.end(),
                   [](const TextQuery::Term& a, const TextQuery::Term& b) { return a.documents < b.documents; });
  std::int64_t matches = 0, used = 0;
  for (TextQuery::Term& term : query.terms) {
    query.most += term.idf * (k1 + 1.0);
    if (term.documents <= 0 || used == options.most_terms) continue;
    if (options.most_matches > 0 && used > 0 && matches + term.documents > options.most_matches) continue;
    matches += term.documents;
    term.used = true;
    ++used;
  }
  return query;
}

std::vector<TextHit> PageReader::search_text(const TextQuery& query, const AllowedPages& allowed) {
  std::string expression;
  for (const TextQuery::Term& term : query.terms)
    if (term.used) expression += (expression.empty() ? "" : " OR ") + quoted(term.word);
  std::vector<TextHit> hits;
  if (expression.empty()) return hits;
  if (!query.questions) expression = "{title body} : (" + expression + ")";
  Statement& match = connection_->match;
  match.reset();
  // With the query, not in FTS5's configuration: a connection that is open when another changes that fails (SQLite 3.40).
  match.bind(1, expression).bind(2, fmt::format("bm25(1.0, 1.0, {:.6f})", state_.question_weight));
  while (match.step()) {
    const std::int64_t number = match.integer(0);
    if (!allowed || std::binary_search(allowed->begin(), allowed->end(), number)) hits.push_back({number, -match.real(1)});
  }
  match.reset();
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
  const double damping = k1 * (1.0 - b + b * length / std::max(1.0, average));
  double score = 0.0;
  for (const TextQuery::Term& term : query.terms) {
    const auto found = counts.find(term.term);
    if (term.used && found != counts.end()) score += term.idf * found->second * (k1 + 1.0) / (found->second + damping);
  }
  return score;
}

PageReader::Highlights PageReader::highlights(const TextQuery& query, std::string_view text) {
  std::unordered_map<std::string_view, double> wanted;
  double all = 0.0;
  for (const TextQuery::Term& term : query.terms) {
    all += term.idf;
    if (term.documents > 0 && term.idf > least_idf) wanted.emplace(term.term, term.idf);
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
