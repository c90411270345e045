// BM25 as a function of FTS5's queries, `page_score`, for weights that are known beforehand. SQLite's own bm25() counts in every query how
// many documents have each word, which for a frequent word costs as much as scoring all of them.
#pragma once

namespace fathom::index {

class Database;

constexpr const char* score_function = "page_score";
constexpr double bm25_k1 = 1.2, bm25_b = 0.75;  // FTS5's

// Makes page_score(full_text, weights, average, columns) known to a connection. weights: one double a phrase of the query, as a blob, its
// inverse document frequency; average: tokens of a document; columns: one double a column, as a blob, what a word in it counts (1 in
// columns beyond). Throws Error when this SQLite has no FTS5.
void register_score_function(const Database& database);

}  // namespace fathom::index
