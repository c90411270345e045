// Whether a generated question leads back to where it came from: a search for it finds the page, and the extractive answer the sentence.
#pragma once

#include <cstdint>
#include <string>

#include "fathom/search/searcher.h"

namespace fathom::enrichment {

struct RoundTripOptions {
  std::int64_t pages = 5;     // the page has to be among so many results
  std::int64_t passages = 3;  // the sentence, or another of the page with the answer, among so many passages (search/answer.h)
};

struct RoundTrip {
  enum class Verdict { found, page_not_found, answer_not_found };
  Verdict verdict = Verdict::page_not_found;
  std::int64_t page_rank = 0, passage_rank = 0;  // from 1; 0: not found
  double probability = 0;                        // that the passage holds the answer, as `fathom ask` would say
};

struct Origin {
  const std::string &page, &sentence, &answer;  // the page's id
};

// Any number of threads at once. A page with the same title and text is as good as the page itself. Throws as Searcher::search().
RoundTrip round_trip(search::Searcher& searcher, const std::string& question, const Origin& origin, const RoundTripOptions& options = {});

}  // namespace fathom::enrichment
