// Sessions of the TREC Session track (2011–2014): a session's interactions with their query, results and clicks. The file's times count
// from the beginning of each session, so searches have no time; the seconds between a click's start and end are its dwell time.
#include <charconv>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "fathom/clicks/click_log_formats.h"
#include "fathom/clicks/click_log_json.h"
#include "fathom/clicks/xml_reader.h"

namespace fathom::clicks {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string text_of(const XmlElement& element, std::string_view child) {
  const XmlElement* const found = element.child(child);
  return found == nullptr ? "" : trimmed(found->text);
}

template <typename Number>
std::optional<Number> number(const std::string& text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::int64_t rank(const std::string* text, const XmlElement& element, const std::string& path) {
  const auto value = text == nullptr ? std::nullopt : number<std::int64_t>(trimmed(*text));
  require(value && *value >= 1, "{}:{}: <{}> has no rank from 1", path, element.line, element.name);
  return *value;
}

double dwell(const XmlElement& click) {
  const std::string* const start = click.attribute("starttime");
  const std::string* const end = click.attribute("endtime");
  if (start == nullptr || end == nullptr) return -1;
  const auto from = number<double>(*start), to = number<double>(*end);
  return from && to && *to >= *from && std::isfinite(*to - *from) ? *to - *from : -1;
}

LoggedPage read_page(const XmlElement& result, const std::string& path) {
  LoggedPage page{.id = "", .url = text_of(result, "url"), .title = text_of(result, "title"), .snippet = text_of(result, "snippet")};
  for (const char* const id : {"clueweb12id", "clueweb09id", "docno"})
    if (page.id.empty()) page.id = text_of(result, id);
  require(!page.id.empty(), "{}:{}: the <result> has no clueweb12id, clueweb09id or docno", path, result.line);
  return page;
}

SearchRecord read_interaction(const XmlElement& interaction, const std::string& topic, const std::string& path,
                              std::vector<LoggedPage>& pages) {
  SearchRecord record;
  record.query = text_of(interaction, "query");
  record.topic = topic;
  std::unordered_map<std::int64_t, std::int64_t> position_of_rank;
  std::int64_t last_rank = 0;
  if (const XmlElement* const results = interaction.child("results"))
    for (const XmlElement& result : results->children) {
      if (result.name != "result") continue;
      const std::int64_t this_rank = rank(result.attribute("rank"), result, path);
      require(this_rank > last_rank, "{}:{}: rank {} follows rank {}", path, result.line, this_rank, last_rank);
      last_rank = this_rank;
      pages.push_back(read_page(result, path));
      record.shown.push_back({.page = pages.back().id});
      position_of_rank[this_rank] = static_cast<std::int64_t>(record.shown.size());
    }
  const std::string position = fmt::format("{}:{}", path, interaction.line);
  check_search(record, position);
  std::vector<Click> clicks;
  if (const XmlElement* const clicked = interaction.child("clicked"))
    for (const XmlElement& click : clicked->children) {
      if (click.name != "click") continue;
      const XmlElement* const at = click.child("rank");
      const std::int64_t clicked_rank = rank(at == nullptr ? nullptr : &at->text, click, path);
      const auto found = position_of_rank.find(clicked_rank);
      require(found != position_of_rank.end(), "{}:{}: rank {} was clicked but not shown", path, click.line, clicked_rank);
      clicks.push_back({.page = "", .position = found->second, .dwell = dwell(click)});
    }
  apply_clicks(record, clicks, position);
  return record;
}

}  // namespace

void read_trec_sessions(const std::filesystem::path& path, const ClickLogOptions& options, ClickLogCounts& counts,
                        const SearchVisitor& visit) {
  BadRecords bad(options, counts);
  XmlReader xml(path, options.max_record_bytes);
  std::string topic;
  bool of_the_track = false;
  for (;;) {
    XmlReader::Event event = XmlReader::Event::end;
    std::optional<XmlElement> interaction;
    // Behind broken XML nothing can be trusted: the rest of the file is given up.
    const bool broken = bad.caught([&] {
      event = xml.next();
      if (event == XmlReader::Event::open && xml.name() == "interaction") interaction = xml.read_element();
      if (event == XmlReader::Event::open && !of_the_track) {
        require(xml.name().starts_with("sessiontrack"), "{}: <{}> is no file of the TREC Session track; <sessiontrack…> is expected",
                xml.position(), xml.name());
        of_the_track = true;
      }
    });
    if (broken || event == XmlReader::Event::end) return;
    if (event != XmlReader::Event::open) continue;
    if (xml.name() == "session") topic.clear();
    if (xml.name() == "topic")
      if (const std::string* const number = xml.element().attribute("num")) topic = *number;
    if (!interaction) continue;
    SearchRecord record;
    std::vector<LoggedPage> pages;
    if (bad.caught([&] { record = read_interaction(*interaction, topic, path.string(), pages); })) continue;
    if (options.report_page)
      for (const LoggedPage& page : pages) options.report_page(page);
    ++counts.searches;
    visit(record, fmt::format("{}:{}", path.string(), interaction->line));
  }
}

}  // namespace fathom::clicks
