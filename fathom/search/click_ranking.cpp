#include "fathom/search/click_ranking.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/clicks/click_data.h"

namespace fathom::search {
namespace {

constexpr std::int64_t depth = 200;   // of each half's candidates
constexpr double least_share = 0.25;  // of the weight of the query's most clicked page
constexpr std::size_t fewest_queries = 10;
constexpr std::size_t held_out_of = 5;  // one of so many
constexpr std::uint64_t stream = 0x636c69636b73;

struct ClickedQuery {
  std::string text;
  std::map<std::string, double> pages;  // id → weight
};

// In the order in which they first come.
std::vector<ClickedQuery> by_query(const std::vector<clicks::ClickExample>& clicks) {
  std::vector<ClickedQuery> queries;
  std::unordered_map<std::string, std::size_t> places;
  for (const clicks::ClickExample& click : clicks) {
    const auto [place, is_new] = places.emplace(clicks::query_key(click.query), queries.size());
    if (is_new) queries.push_back({click.query, {}});
    queries[place->second].pages[click.page] += click.weight;
  }
  return queries;
}

}  // namespace

ClickQueries click_queries(Searcher& searcher, const std::vector<clicks::ClickExample>& clicks) {
  ClickQueries result;
  searcher.with_view([&](const Searcher::View& view) {
    for (const clicks::ClickExample& click : clicks) result.unknown_pages += view.reader.find(click.page) ? 0 : 1;
    for (const ClickedQuery& query : by_query(clicks)) {
      double most = 0.0;
      for (const auto& [page, weight] : query.pages) most = std::max(most, weight);
      RankingExample example;
      example.candidates = searcher.candidates(view, query.text, depth).candidates;
      example.weight = 0.0;
      for (const Candidate& candidate : example.candidates) {
        const auto clicked = query.pages.find(view.reader.id(candidate.number));
        const bool counts = clicked != query.pages.end() && clicked->second >= least_share * most;
        example.gains.push_back(counts ? clicked->second : 0.0);
        example.weight += example.gains.back();
      }
      if (example.weight > 0.0)
        result.examples.push_back(std::move(example));
      else
        ++result.not_found;
    }
  });
  return result;
}

ClickRanking learn_ranking_from_clicks(const ClickQueries& queries, std::uint64_t seed, const std::string& learnt_from) {
  require(
      queries.examples.size() >= fewest_queries,
      "{}: {} queries have clicks on pages that the index finds for them ({} have not; {} clicks are on pages that it does not have); at "
      "least {} are needed to learn the ranking",
      learnt_from, queries.examples.size(), queries.not_found, queries.unknown_pages, fewest_queries);
  std::vector<RankingExample> learnt, held_out;
  Rng rng(seed, stream);
  std::size_t dealt = 0;
  for (const std::int64_t at : rng.permutation(static_cast<std::int64_t>(queries.examples.size())))
    (dealt++ % held_out_of == 0 ? held_out : learnt).push_back(queries.examples[static_cast<std::size_t>(at)]);
  ClickRanking result;
  result.ranking = learn_ranking(learnt, learnt_from, judged_evidence);
  result.queries = static_cast<std::int64_t>(queries.examples.size());
  result.held_out = static_cast<std::int64_t>(held_out.size());
  result.unknown_pages = queries.unknown_pages;
  result.not_found = queries.not_found;
  const auto quality = [&](double vector_weight) {
    Ranking ranking = result.ranking;
    ranking.vector_weight = vector_weight;
    return mean_ndcg(held_out, example_ndcg(held_out, ranking));
  };
  result.text = quality(0.0);
  result.vectors = quality(1.0);
  result.mixture = quality(result.ranking.vector_weight);
  if (result.mixture < std::max(result.text, result.vectors)) {
    result.floored = true;
    result.ranking.vector_weight = result.text >= result.vectors ? 0.0 : 1.0;
    calibrate(result.ranking, learnt);
  }
  return result;
}

OrderedJson ClickRanking::to_json() const {
  return {{"queries", queries},
          {"held_out", held_out},
          {"held_out_ndcg@10", {{"bm25", text}, {"vectors", vectors}, {"hybrid", mixture}}},
          {"better_half_taken", floored},
          {"clicks_on_unknown_pages", unknown_pages},
          {"queries_not_found", not_found}};
}

}  // namespace fathom::search
