#include "fathom/clicks/rankings.h"

#include <unordered_set>

#include "fathom/base/json.h"
#include "fathom/clicks/click_data.h"
#include "fathom/data/records.h"

namespace fathom::clicks {
namespace {

RankedPage read_page(const Json& entry, const std::string& position) {
  RankedPage page;
  if (entry.is_string()) {
    page.page = entry.get<std::string>();
  } else {
    require(entry.is_object(), "{}: an entry of 'results' must be a page's id or an object with 'page'; this is {}", position,
            entry.type_name());
    page.page = json_get<std::string>(entry, "page", position);
    page.sentence = json_get_or<std::int64_t>(entry, "sentence", -1, position);
    page.relevance = json_get_or<double>(entry, "relevance", -1, position);
    require(page.relevance == -1 || (page.relevance >= 0 && page.relevance <= 1),
            "{}: the relevance of page '{}' is {}; a number from 0 to 1 is expected", position, page.page, page.relevance);
  }
  require(!page.page.empty(), "{}: a page's id in 'results' is empty", position);
  return page;
}

}  // namespace

std::vector<Ranking> read_rankings(const std::filesystem::path& path) {
  std::vector<Ranking> rankings;
  std::unordered_set<std::string> queries;
  data::for_each_record(path, [&](const Json& record, const std::string& position) {
    Ranking ranking;
    ranking.query = json_get<std::string>(record, "query", position);
    ranking.topic = json_get_or<std::string>(record, "topic", "", position);
    const auto results = record.find("results");
    require(results != record.end() && results->is_array(), "{}: required key 'results' is missing or no list", position);
    std::unordered_set<std::string> pages;
    for (const Json& entry : *results) {
      ranking.results.push_back(read_page(entry, position));
      const std::string& page = ranking.results.back().page;
      require(pages.insert(page).second, "{}: page '{}' stands twice in the results", position, page);
    }
    const std::string key = query_key(ranking.query);
    require(!key.empty(), "{}: the query is blank", position);
    require(queries.insert(key).second, "{}: the query '{}' has a ranking already", position, ranking.query);
    rankings.push_back(std::move(ranking));
  });
  return rankings;
}

}  // namespace fathom::clicks
