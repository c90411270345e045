#include "fathom/clicks/click_log_json.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/text/utf8.h"

namespace fathom::clicks {
namespace {

constexpr std::int64_t latest_time = 32'503'680'000;  // the year 3000: what lies behind it was written in milliseconds

const Json& list_of(const Json& object, const char* key, const std::string& position) {
  const auto found = object.find(key);
  require(found != object.end(), "{}: required key '{}' is missing; a list is expected (an empty one when there was nothing)", position,
          key);
  require(found->is_array(), "{}: key '{}' must be a list, but is {}", position, key, found->type_name());
  return *found;
}

ShownResult read_shown(const Json& entry, const std::string& position) {
  ShownResult result;
  if (entry.is_null()) return result;
  if (entry.is_string()) {
    result.page = entry.get<std::string>();
  } else {
    require(entry.is_object(), "{}: an entry of 'shown' must be a page's id, an object with 'page', or null; this is {}", position,
            entry.type_name());
    result.page = json_get<std::string>(entry, "page", position);
    result.sentence = json_get_or<std::int64_t>(entry, "sentence", -1, position);
  }
  require(!result.page.empty(), "{}: a page's id in 'shown' is empty; write null for a page that is not known", position);
  return result;
}

Click read_click(const Json& entry, const std::string& position) {
  Click click;
  if (entry.is_string()) {
    click.page = entry.get<std::string>();
  } else if (entry.is_object()) {
    click.page = json_get_or<std::string>(entry, "page", "", position);
    click.position = json_get_or<std::int64_t>(entry, "position", 0, position);
    click.dwell = json_get_or<double>(entry, "dwell", -1, position);
    require(click.dwell == -1 || (click.dwell >= 0 && std::isfinite(click.dwell)),
            "{}: the dwell time of a click is {}; seconds from 0 are expected", position, click.dwell);
  } else {
    require(json_detail::fits<std::int64_t>(entry),
            "{}: an entry of 'clicked' must be a page's id, a position, or an object with either; this is {}", position, entry.type_name());
    click.position = entry.get<std::int64_t>();
  }
  require(!click.page.empty() || click.position >= 1, "{}: an entry of 'clicked' names neither a page nor a position (from 1)", position);
  return click;
}

OrderedJson clicks_json(const std::vector<Click>& clicks) {
  OrderedJson list = OrderedJson::array();
  for (const Click& click : clicks) {
    OrderedJson entry = click.page.empty() ? OrderedJson(click.position) : OrderedJson(click.page);
    if (click.dwell >= 0) entry = {{click.page.empty() ? "position" : "page", std::move(entry)}, {"dwell", click.dwell}};
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

void check_search(const SearchRecord& record, const std::string& position) {
  require(record.query.find_first_not_of(" \t\r\n") != std::string::npos, "{}: the query is blank", position);
  require(record.time >= 0 && record.time < latest_time,
          "{}: the time {} is no number of seconds since 1970 (0: unknown); milliseconds must be divided by 1000", position, record.time);
  const auto check_text = [&](const std::string& text, const char* what) {
    const std::size_t valid = text::valid_prefix(text);
    require(valid == text.size(), "{}: byte {} of the {} is not UTF-8", position, valid, what);
  };
  check_text(record.query, "query");
  check_text(record.topic, "topic");
  std::unordered_set<std::string_view> pages;
  for (const ShownResult& result : record.shown) {
    check_text(result.page, "page's id");
    require(result.sentence >= -1, "{}: the sentence of page '{}' is {}; an ordinal from 0 is expected", position, result.page,
            result.sentence);
    require(result.page.empty() || pages.insert(result.page).second, "{}: page '{}' is shown twice", position, result.page);
  }
}

void apply_clicks(SearchRecord& record, const std::vector<Click>& clicks, const std::string& position) {
  for (const Click& click : clicks) {
    auto result = record.shown.end();
    if (!click.page.empty()) {
      result = std::find_if(record.shown.begin(), record.shown.end(), [&](const ShownResult& shown) { return shown.page == click.page; });
      require(result != record.shown.end(), "{}: page '{}' was clicked but not shown", position, click.page);
    } else {
      require(click.position >= 1 && std::cmp_less_equal(click.position, record.shown.size()),
              "{}: position {} was clicked, but {} results were shown", position, click.position, record.shown.size());
      result = record.shown.begin() + click.position - 1;
    }
    result->clicked = true;
    if (click.dwell >= 0) result->dwell = std::max(0.0, result->dwell) + click.dwell;
  }
}

ClickLogLine parse_click_log_line(std::string_view text, const std::string& position) {
  const Json object = parse_json(text, position);
  require(object.is_object(), "{}: a JSON object is expected, found {}", position, object.type_name());
  ClickLogLine line;
  line.id = json_get_or<std::string>(object, "id", "", position);
  std::vector<Click> clicks;
  for (const Json& entry : list_of(object, "clicked", position)) clicks.push_back(read_click(entry, position));
  if (!object.contains("shown") && !object.contains("query") && !line.id.empty()) {
    line.clicks = std::move(clicks);
    return line;
  }
  SearchRecord record;
  record.query = json_get<std::string>(object, "query", position);
  record.time = json_get_or<std::int64_t>(object, "time", 0, position);
  record.topic = json_get_or<std::string>(object, "topic", "", position);
  for (const Json& entry : list_of(object, "shown", position)) record.shown.push_back(read_shown(entry, position));
  check_search(record, position);
  apply_clicks(record, clicks, position);
  line.search = std::move(record);
  return line;
}

std::string search_line(const SearchRecord& record, const std::string& id) {
  check_search(record, fmt::format("the search '{}'", record.query));
  OrderedJson shown = OrderedJson::array();
  std::vector<Click> clicks;
  for (std::size_t i = 0; i < record.shown.size(); ++i) {
    const ShownResult& result = record.shown[i];
    if (result.page.empty())
      shown.push_back(nullptr);
    else if (result.sentence < 0)
      shown.push_back(result.page);
    else
      shown.push_back({{"page", result.page}, {"sentence", result.sentence}});
    if (result.clicked) clicks.push_back({result.page, static_cast<std::int64_t>(i) + 1, result.dwell});
  }
  OrderedJson line = {{"query", record.query}};
  if (record.time != 0) line["time"] = record.time;
  if (!record.topic.empty()) line["topic"] = record.topic;
  line["shown"] = std::move(shown);
  line["clicked"] = clicks_json(clicks);
  if (!id.empty()) line["id"] = id;
  return line.dump();
}

std::string click_line(const std::string& id, const std::vector<Click>& clicks) {
  require(!id.empty(), "a click that is logged on its own needs the id of its search");
  return OrderedJson{{"id", id}, {"clicked", clicks_json(clicks)}}.dump();
}

}  // namespace fathom::clicks
