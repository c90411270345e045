// Learning how scores are fused from what people clicked, measured on clicks that were held out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/clicks/click_log.h"
#include "fathom/search/fusion.h"
#include "fathom/search/learn_ranking.h"

namespace fathom::search {

// Queries with their candidates; a candidate's gain is the weight of the clicks on it (clicks::ExampleCollector takes position out of
// it), a query's weight that of all its clicks. Pages with less than a quarter of the weight of the query's most clicked page count as not
// clicked: people err.
struct ClickQueries {
  std::vector<RankingExample> examples;
  std::int64_t unknown_pages = 0;  // clicks on pages that the index does not have
  std::int64_t not_found = 0;      // queries left out: no clicked page is among the candidates of either half
};
ClickQueries click_queries(Searcher& searcher, const std::vector<clicks::ClickExample>& clicks);

struct ClickRanking {
  Ranking ranking;
  std::int64_t queries = 0, held_out = 0;         // the held-out ones are a fifth of the queries
  double text = 0, vectors = 0, mixture = 0;      // mean nDCG@10 by the held-out clicks: of each half, of the mixture as learnt
  bool floored = false;                           // the mixture was worse than the better half there, which is taken in its place
  std::int64_t unknown_pages = 0, not_found = 0;  // ClickQueries
  OrderedJson to_json() const;                    // of what was measured
};

// Ranking by learn_ranking() from four fifths of the queries. Which queries are held out is a function of the seed. Clicks are there only
// for what was shown: where that was one half's choice, they speak for it. Throws Error when fewer than ten queries with clicks can be
// used.
ClickRanking learn_ranking_from_clicks(const ClickQueries& queries, std::uint64_t seed, const std::string& learnt_from);

}  // namespace fathom::search
