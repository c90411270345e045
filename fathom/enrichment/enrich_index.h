// Putting generated questions into an index: into the text that BM25 searches (doc2query; Nogueira, Yang, Lin, Cho 2019), and beside
// results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "fathom/enrichment/question_pairs.h"

namespace fathom::enrichment {

struct EnrichmentReport {
  std::int64_t questions = 0, pages = 0;  // put into the index
  std::int64_t unknown_pages = 0;         // questions left out: the index does not have their page
  std::int64_t unknown_sentences = 0;     // left out: the page does not have their sentence (any more)
};

// BM25 finds each page by these questions, too; a page's own take the place of those it had, other pages keep theirs. A word in a question
// counts `weight`, of all pages. One commit. Throws Error when none of the questions is about a page of the index (nothing is changed
// then), UsageError for a weight that is not from 0 to 100.
EnrichmentReport enrich_index(const std::filesystem::path& index, const std::vector<QuestionPair>& pairs, double weight);

// The questions are shown beside results (search/suggestions.h), likewise. At most `per_page` of a page, in the order of the pairs.
EnrichmentReport suggest_questions(const std::filesystem::path& index, const std::vector<QuestionPair>& pairs, std::int64_t per_page);

// Takes them away from all pages again. Returns how many pages had some.
std::int64_t clear_enrichment(const std::filesystem::path& index);
std::int64_t clear_suggestions(const std::filesystem::path& index);

}  // namespace fathom::enrichment
