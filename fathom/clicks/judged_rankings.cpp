#include "fathom/clicks/judged_rankings.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/clicks/click_data.h"
#include "fathom/data/records.h"

namespace fathom::clicks {
namespace {

JudgedTopics read_trec(const std::filesystem::path& path) {
  JudgedTopics judgements;
  LineReader lines(path);
  while (const auto line = lines.next()) {
    std::istringstream stream{std::string(*line)};
    std::vector<std::string> fields;
    for (std::string field; stream >> field;) fields.push_back(field);
    if (fields.empty()) continue;
    require(fields.size() == 4, "{}: 'topic 0 page relevance' is expected, found {} fields", lines.position(), fields.size());
    int relevance = 0;
    const char* const end = fields[3].data() + fields[3].size();
    const auto [stop, error] = std::from_chars(fields[3].data(), end, relevance);
    require(error == std::errc() && stop == end, "{}: the relevance '{}' is no whole number", lines.position(), fields[3]);
    judgements[fields[0]][fields[2]] = relevance;
  }
  require(!judgements.empty(), "{}: there are no judgements in this file", path.string());
  return judgements;
}

}  // namespace

JudgedTopics read_judgements(const std::filesystem::path& path) {
  if (!data::is_record_file(path)) return read_trec(path);
  JudgedTopics judgements;
  data::for_each_record(path, [&](const Json& record, const std::string& position) {
    const std::string topic = json_get_or<std::string>(record, "topic", "", position);
    const std::string key = topic.empty() ? query_key(json_get<std::string>(record, "query", position)) : topic;
    judgements[key][json_get<std::string>(record, "page", position)] = json_get<int>(record, "relevance", position);
  });
  return judgements;
}

void JudgedMean::add(const std::string& topic, const std::string& query, const std::vector<std::string>& pages) {
  const auto found = judgements_.find(topic.empty() ? query_key(query) : topic);
  const bool any = found != judgements_.end() &&
                   std::any_of(found->second.begin(), found->second.end(), [](const auto& judged) { return judged.second > 0; });
  if (!any) {
    ++not_judged_;
    return;
  }
  std::vector<metrics::Retrieved> run;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    // An unknown page keeps its place, under a name that no page has.
    const std::string name = pages[i].empty() ? fmt::format("\n{}", i) : pages[i];
    run.push_back({name, -static_cast<double>(i)});
  }
  values_.push_back(metrics::ndcg_at(run, found->second, depth_));
}

void JudgedMean::add(const SearchRecord& record) {
  std::vector<std::string> pages;
  for (const ShownResult& shown : record.shown) pages.push_back(shown.page);
  add(record.topic, record.query, pages);
}

void JudgedMean::add(const Ranking& ranking) {
  std::vector<std::string> pages;
  for (const RankedPage& result : ranking.results) pages.push_back(result.page);
  add(ranking.topic, ranking.query, pages);
}

}  // namespace fathom::clicks
