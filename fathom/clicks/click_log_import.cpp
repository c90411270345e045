#include "fathom/clicks/click_log_import.h"

#include <algorithm>

#include "fathom/base/file.h"
#include "fathom/clicks/click_log_json.h"
#include "fathom/data/records.h"

namespace fathom::clicks {
namespace {

// Takes the names of unknown pages away; whether a known one is left.
bool forget_unknown_pages(SearchRecord& record, const ImportOptions& options, ClickLogReport& report) {
  bool known = false;
  for (ShownResult& result : record.shown) {
    if (!result.page.empty() && options.known_page && !options.known_page(result.page)) {
      auto& examples = report.unknown_pages;
      if (examples.size() < most_examples && std::find(examples.begin(), examples.end(), result.page) == examples.end())
        examples.push_back(result.page);
      result.page.clear();
      result.sentence = -1;
    }
    if (result.page.empty()) {
      ++report.unknown_results;
      if (result.clicked) ++report.unknown_clicks;
    }
    known = known || !result.page.empty();
  }
  return known;
}

}  // namespace

void count_search(ClickLogReport& report, const SearchRecord& record) {
  ++report.searches;
  if (record.shown.empty()) ++report.without_results;
  if (report.positions.size() < record.shown.size()) report.positions.resize(record.shown.size());
  std::int64_t clicks = 0;
  for (std::size_t i = 0; i < record.shown.size(); ++i) {
    ++report.positions[i].shown;
    if (record.shown[i].clicked) {
      ++report.positions[i].clicked;
      ++clicks;
    }
  }
  report.results += static_cast<std::int64_t>(record.shown.size());
  report.clicks += clicks;
  if (clicks > 0) ++report.with_clicks;
}

ClickLogReport import_click_logs(const std::vector<std::filesystem::path>& inputs, const std::filesystem::path& out,
                                 const ImportOptions& options) {
  ClickLogReport report;
  ClickLogOptions log = options.log;
  log.report_bad = [&](const std::string& message) {
    if (report.bad.size() < most_examples) report.bad.push_back(message);
    if (options.log.report_bad) options.log.report_bad(message);
  };
  AtomicFile file(out);
  for (const std::filesystem::path& input : inputs) {
    const ClickLogCounts counts = read_click_log(input, log, [&](SearchRecord& record, const std::string&) {
      if (!forget_unknown_pages(record, options, report) && !record.shown.empty()) {
        ++report.left_out;
        return;
      }
      count_search(report, record);
      file.write(search_line(record) + "\n");
    });
    report.bad_records += counts.bad_records;
    report.unmatched_clicks += counts.unmatched_clicks;
  }
  file.commit();
  return report;
}

std::unordered_set<std::string> read_page_ids(const std::filesystem::path& path) {
  std::unordered_set<std::string> pages;
  data::for_each_record(
      path, [&](const Json& record, const std::string& position) { pages.insert(json_get<std::string>(record, "id", position)); });
  return pages;
}

OrderedJson report_json(const ClickLogReport& report) {
  OrderedJson positions = OrderedJson::array();
  for (const PositionCounts& at : report.positions)
    positions.push_back(
        {{"shown", at.shown}, {"clicked", at.clicked}, {"rate", static_cast<double>(at.clicked) / static_cast<double>(at.shown)}});
  return {{"searches", report.searches},
          {"searches_with_clicks", report.with_clicks},
          {"searches_without_results", report.without_results},
          {"results", report.results},
          {"clicks", report.clicks},
          {"positions", std::move(positions)},
          {"unknown_results", report.unknown_results},
          {"unknown_clicks", report.unknown_clicks},
          {"unknown_pages", report.unknown_pages},
          {"searches_left_out", report.left_out},
          {"bad_records", report.bad_records},
          {"bad", report.bad},
          {"unmatched_clicks", report.unmatched_clicks}};
}

}  // namespace fathom::clicks
