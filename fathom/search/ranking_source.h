// What an index's ranking is learnt from: judged queries, clicks, or the pages themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "fathom/search/click_ranking.h"

namespace fathom::search {

struct RankingSource {
  std::string queries, judgements;  // files of judged queries; both or neither
  std::string clicks;               // a file of click examples (clicks/click_examples.h), in place of judged queries
  std::uint64_t seed = 1;           // of pseudo queries, and of which clicks are held out

  // Throws UsageError unless at most one source is named, and it is whole.
  void check() const;
  std::string name() const;  // "pseudo queries", "queries of FILE", "clicks of FILE"
};

struct LearntRanking {
  Ranking ranking;
  std::optional<ClickRanking> clicks;  // what was measured, when it was learnt from clicks
  OrderedJson to_json() const;
};

// nullopt: there are too few pages for pseudo queries. Throws Error as the readers of the files do.
std::optional<LearntRanking> learn_ranking(Searcher& searcher, const RankingSource& source);

}  // namespace fathom::search
