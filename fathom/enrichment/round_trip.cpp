#include "fathom/enrichment/round_trip.h"

#include <algorithm>

#include "fathom/search/answer.h"

namespace fathom::enrichment {

RoundTrip round_trip(search::Searcher& searcher, const std::string& question, const Origin& origin, const RoundTripOptions& options) {
  RoundTrip trip;
  const search::SearchResponse response = searcher.search({.query = question, .k = options.pages, .suggestions = 0});
  const auto is_page = [&](const search::SearchHit& hit) {
    return hit.id == origin.page || std::find(hit.duplicates.begin(), hit.duplicates.end(), origin.page) != hit.duplicates.end();
  };
  const auto hit = std::find_if(response.hits.begin(), response.hits.end(), is_page);
  if (hit == response.hits.end()) return trip;
  trip.page_rank = hit - response.hits.begin() + 1;
  trip.verdict = RoundTrip::Verdict::answer_not_found;
  const search::Answer answer = search::answer(searcher, question, {.pages = options.pages, .passages = options.passages});
  for (std::size_t i = 0; i < answer.passages.size(); ++i) {
    const search::Passage& passage = answer.passages[i];
    const bool same_page = passage.page == hit->id || passage.page == origin.page;
    if (!same_page || (passage.text != origin.sentence && passage.text.find(origin.answer) == std::string::npos)) continue;
    trip.verdict = RoundTrip::Verdict::found;
    trip.passage_rank = static_cast<std::int64_t>(i) + 1;
    trip.probability = passage.probability;
    break;
  }
  return trip;
}

}  // namespace fathom::enrichment
