// Questions for the pages of an index: answers are found in each page, a generator asks for them, and what does not lead back is left out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fathom/enrichment/answer_finder.h"
#include "fathom/enrichment/question_pairs.h"
#include "fathom/questions/question.h"
#include "fathom/search/searcher.h"

namespace fathom::enrichment {

struct GenerateOptions {
  std::int64_t per_page = 5;    // questions of a page that are kept, at most
  std::int64_t candidates = 0;  // answers of a page that are asked for, at most; 0: three times per_page
  int n_best = 1;               // questions an answer
  bool check = true;            // the round trip; without, every question that is no duplicate is kept
  RoundTripOptions round_trip = {};
  int threads = 0;                                                           // of the round trip; the result does not depend on them
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};  // pages
};

// What became of everything that was looked at. Each question is counted once.
struct GenerateReport {
  std::int64_t pages = 0, copies = 0;          // copies: pages with the same title and text as one before, passed over
  std::int64_t without_candidates = 0;         // pages
  std::int64_t candidates = 0, generated = 0;  // answers, questions
  std::int64_t gives_answer_away = 0;          // questions that hold their answer
  std::int64_t page_not_found = 0, answer_not_found = 0;
  std::int64_t duplicates = 0;  // ask the same as a better one of the page, or are word for word one of another page
  std::int64_t beyond = 0;      // of pages with more than per_page
  std::int64_t kept = 0;
};

// Calls `take` with the pairs, page by page in the order of the index, each page's best first: by the rank of the passage, then by the
// generator's score. Throws as the searcher and the generator do; UsageError for per_page, candidates or n_best out of range.
GenerateReport generate_pairs(search::Searcher& searcher, const AnswerFinder& find, questions::QuestionGenerator& generator,
                              const GenerateOptions& options, const std::function<void(const QuestionPair& pair)>& take);

// "12 pages, 100 answers, 100 questions; left out: …; 40 kept", for people. Says so when nothing was kept, and why.
std::string describe(const GenerateReport& report);

}  // namespace fathom::enrichment
