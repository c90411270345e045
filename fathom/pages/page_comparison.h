// Encoders of pages beside each other and beside BM25, on judged queries.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/index/page_encoder.h"
#include "fathom/pages/click_page_encoder.h"
#include "fathom/pages/page_collection.h"

namespace fathom::pages {

// Of each query, in the order of the queries.
struct RankingScores {
  std::vector<double> recall_1, recall_5, recall_10, recall_100, reciprocal_rank, ndcg;  // the last two over the best 10
};

struct Arm {
  std::string name;
  std::int64_t vectors = 0;  // stored in all
  std::int64_t bytes = 0;    // of these: codes of 8 bits and one scale each; of BM25: not measured, 0
  RankingScores scores;
};

// Pages by the best of their vectors (at most `most_vectors` each), all compared in 8 bits as the index does.
Arm rank_by_vectors(const std::string& name, const index::PageEncoder& encoder, std::int64_t most_vectors, const PageCollection& collection,
                    const std::vector<JudgedQuery>& queries, int threads);

constexpr const char* words_arm = "BM25";  // the name of rank_by_words()

// Pages by BM25 (index/document_store.h) over title and text, every document with a word of the query scored.
Arm rank_by_words(const PageCollection& collection, const std::vector<JudgedQuery>& queries, int threads);

// How often the clicked sentence is one of the at most `most` that stand for its page; only pages with more sentences than that count.
struct SentenceRecall {
  std::int64_t clicks = 0;
  double chosen = 0, likeliest = 0;  // by encode_page(); the sentences with the largest click probabilities
  double first = 0, random = 0;      // the page's first ones; any, in expectation
};
SentenceRecall sentence_recall(const ClickPageEncoder& encoder, std::int64_t most, const PageCollection& collection,
                               const std::vector<PageExample>& clicks, int threads);

// Means over the queries of `group` ("" : all).
OrderedJson mean_scores(const RankingScores& scores, const std::vector<JudgedQuery>& queries, const std::string& group);
// One measure's values of the queries of a group; `measure` is a key of mean_scores().
std::vector<double> values_of(const RankingScores& scores, const std::string& measure, const std::vector<JudgedQuery>& queries,
                              const std::string& group);

}  // namespace fathom::pages
