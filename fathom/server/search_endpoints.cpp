// /search, /click and /faq.
#include <ctime>

#include "fathom/search/response_json.h"
#include "fathom/server/faq_pool.h"
#include "fathom/server/marked_text.h"
#include "fathom/server/query_parameter.h"
#include "fathom/server/search_service.h"

namespace fathom::server {
namespace {

constexpr std::int64_t most_results = 100;
constexpr double longest_dwell = 86'400;  // seconds
const std::vector<std::string_view> search_parameters = {"q", "k", "filter", "mode", "explain"};
constexpr std::size_t longest_query = 64 << 10;  // bytes; longer ones are no queries but documents

std::string checked_query(const std::string& query) {
  if (query.find_first_not_of(" \t\r\n") == std::string::npos) throw ApiError(400, "invalid_request", "the query is empty");
  if (query.size() > longest_query)
    throw ApiError(400, "invalid_request", fmt::format("the query has {} bytes; at most {} are taken", query.size(), longest_query));
  return query;
}

index::PageFilter filters_of(const Request& request) {
  index::PageFilter filter;
  const auto [begin, end] = request.parameters.equal_range("filter");
  for (auto entry = begin; entry != end; ++entry) {
    const std::size_t equals = entry->second.find('=');
    if (equals == std::string::npos || equals == 0) throw ApiError(400, "invalid_request", "a filter is written key=value");
    filter.emplace_back(entry->second.substr(0, equals), entry->second.substr(equals + 1));
  }
  return filter;
}

search::Mode mode_of(const std::string& name) {
  if (name != "hybrid" && name != "bm25" && name != "vectors") throw ApiError(400, "invalid_request", "mode is hybrid, bm25 or vectors");
  return search::mode_of(name);
}

}  // namespace

std::string query_of(const Request& request) {
  const std::optional<std::string> query = request.parameter("q");
  if (!query) throw ApiError(400, "invalid_request", "the parameter 'q', the query, is missing");
  return checked_query(*query);
}

Reply SearchService::search(const Request& request) {
  request.only(search_parameters);
  search::SearchRequest wanted;
  wanted.query = query_of(request);
  wanted.k = request.integer("k", 10, 1, most_results);
  wanted.filter = filters_of(request);
  wanted.mode = mode_of(request.parameter("mode").value_or("hybrid"));
  wanted.threshold = options_.threshold;
  const bool explain = request.flag("explain");
  const search::SearchResponse found = searcher_.search(wanted);

  OrderedJson reply = search::to_json(wanted.query, found, explain);
  clicks::SearchRecord record;
  record.query = wanted.query;
  record.time = static_cast<std::int64_t>(std::time(nullptr));
  for (std::size_t i = 0; i < found.hits.size(); ++i) {
    const search::SearchHit& hit = found.hits[i];
    OrderedJson& result = reply["results"][i];
    result["snippet_parts"] = marked_text(hit.snippet, hit.highlights);
    result["title_parts"] = marked_text(hit.title, hit.title_highlights);
    record.shown.push_back({hit.id, hit.sentence});
  }
  if (clicks_ && !record.shown.empty()) reply["search_id"] = clicks_->search(record);
  return Reply::json(reply);
}

// The same with the query in the body, where it may be longer than an address.
Reply SearchService::post_search(const Request& request) {
  const Json body = request.json(search_parameters);
  Request as_get = request;
  as_get.parameters.clear();
  for (const auto& [key, value] : body.items()) {
    const bool list = key == "filter" && value.is_array();
    for (const Json& entry : list ? value : Json::array({value})) {
      const bool right = key == "k" ? entry.is_number_integer() : key == "explain" ? entry.is_boolean() : entry.is_string();
      if (!right) throw ApiError(400, "invalid_request", fmt::format("'{}' is of the wrong type", key));
      as_get.parameters.emplace(key, entry.is_string() ? entry.get<std::string>() : entry.dump());
    }
  }
  return search(as_get);
}

Reply SearchService::click(const Request& request) {
  if (!clicks_) throw ApiError(404, "not_recorded", "this server records no clicks; start it with --click-log FILE");
  const Json body = request.json({"search_id", "page", "dwell"});
  std::string id, page;
  double dwell = -1;
  try {
    id = json_get<std::string>(body, "search_id", "the body");
    page = json_get<std::string>(body, "page", "the body");
    dwell = json_get_or<double>(body, "dwell", -1, "the body");
    require(!body.contains("dwell") || (dwell >= 0 && dwell <= longest_dwell), "the body: 'dwell' is a number of seconds, at most {}",
            longest_dwell);
  } catch (const Error& error) {
    throw ApiError(400, "invalid_request", error.what());
  }
  if (!clicks_->click(id, page, dwell)) throw ApiError(404, "not_found", "no recent search of this id showed this page");
  return Reply::json({{"recorded", true}});
}

Reply SearchService::faq(const Request& request) {
  if (!faqs_) throw ApiError(404, "no_faq", "this server has no FAQ; start it with --faq DIR");
  request.only({"q", "k"});
  const std::string query = query_of(request);
  faq::SearchOptions options;
  options.top_k = request.integer("k", 3, 1, most_results);
  options.threshold = options_.threshold;
  const faq::FaqAnswer found = faqs_->search(query, options);
  OrderedJson results = OrderedJson::array();
  for (const faq::FaqResult& result : found.results) {
    OrderedJson words = OrderedJson::array();
    for (const faq::AlignedWord& word : result.words)
      words.push_back({{"query_word", word.query_word}, {"question_word", word.candidate_word}, {"similarity", word.similarity}});
    results.push_back(
        {{"id", result.id}, {"question", result.question}, {"answer", result.answer}, {"score", result.score}, {"words", words}});
  }
  return Reply::json({{"query", query}, {"answered", found.answered}, {"results", results}});
}

}  // namespace fathom::server
