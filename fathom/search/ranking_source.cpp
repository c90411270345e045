#include "fathom/search/ranking_source.h"

#include "fathom/base/error.h"
#include "fathom/clicks/click_examples.h"

namespace fathom::search {

void RankingSource::check() const {
  if (queries.empty() != judgements.empty())
    fail_usage("queries and their judgements (--queries and --qrels) belong together: give both or neither");
  if (!queries.empty() && !clicks.empty())
    fail_usage("the ranking is learnt from judged queries or from clicks (--examples): give one of them");
}

std::string RankingSource::name() const {
  if (!queries.empty()) return "queries of " + queries;
  return clicks.empty() ? "pseudo queries" : "clicks of " + clicks;
}

OrderedJson LearntRanking::to_json() const {
  OrderedJson json = ranking.to_json();
  if (clicks) json["clicks"] = clicks->to_json();
  return json;
}

std::optional<LearntRanking> learn_ranking(Searcher& searcher, const RankingSource& source) {
  source.check();
  if (!source.clicks.empty()) {
    const ClickQueries queries = click_queries(searcher, clicks::read_click_examples(source.clicks));
    ClickRanking learnt = learn_ranking_from_clicks(queries, source.seed, source.name());
    return LearntRanking{learnt.ranking, std::move(learnt)};
  }
  const std::vector<RankingExample> examples = source.queries.empty()
                                                   ? pseudo_examples(searcher, source.seed)
                                                   : judged_examples(searcher, read_judged_queries(source.queries, source.judgements));
  if (examples.empty()) return std::nullopt;
  return LearntRanking{learn_ranking(examples, source.name(), source.queries.empty() ? pseudo_evidence : judged_evidence), std::nullopt};
}

}  // namespace fathom::search
