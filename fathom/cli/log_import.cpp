// fathom log import: click logs of any known format become one in JSON lines; the report says what was read and what was left out.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/cli/log_commands.h"
#include "fathom/clicks/click_log_import.h"
#include "fathom/index/page_reader.h"

namespace fathom::cli {
namespace {

struct LogImportOptions {
  LogInputOptions input;
  std::string out, index, pages, pages_out;
  bool json = false;
};

constexpr std::size_t most_positions = 10;  // that the report for people shows

std::string report_text(const clicks::ClickLogReport& report, const std::string& out) {
  std::string text = fmt::format("{}: {} searches, {} results, {} clicks ({} searches with clicks, {} without results)\n", out,
                                 report.searches, report.results, report.clicks, report.with_clicks, report.without_results);
  text += "clicks by position\n";
  for (std::size_t i = 0; i < std::min(report.positions.size(), most_positions); ++i) {
    const clicks::PositionCounts& at = report.positions[i];
    text += fmt::format("  {:>2}  {:>9} of {:>9}  {:.4f}\n", i + 1, at.clicked, at.shown,
                        static_cast<double>(at.clicked) / static_cast<double>(at.shown));
  }
  const auto list = [&](const std::string& what, const std::vector<std::string>& examples) {
    text += what + "\n";
    for (const std::string& example : examples) text += "  " + example + "\n";
  };
  if (report.unknown_results > 0)
    list(fmt::format("{} results ({} clicks) are on unknown pages and keep only their place, among them", report.unknown_results,
                     report.unknown_clicks),
         report.unknown_pages);
  if (report.left_out > 0) text += fmt::format("{} searches showed nothing but unknown pages and are left out\n", report.left_out);
  if (report.unmatched_clicks > 0) text += fmt::format("{} lines with clicks belong to no search\n", report.unmatched_clicks);
  if (report.bad_records > 0) list(fmt::format("{} bad records were passed over, among them", report.bad_records), report.bad);
  return text;
}

int run_import(const LogImportOptions& options) {
  std::vector<std::string> inputs = options.input.inputs;
  if (!options.pages.empty()) inputs.push_back(options.pages);
  require_other_file(options.out, inputs);
  if (!options.pages_out.empty()) require_other_file(options.pages_out, inputs);
  clicks::ImportOptions import;
  import.log = options.input.reading();
  std::unordered_set<std::string> known;
  if (!options.pages.empty()) {
    known = clicks::read_page_ids(options.pages);
    import.known_page = [&known](std::string_view page) { return known.contains(std::string(page)); };
  }
  std::optional<index::PageReader> index;
  if (!options.index.empty()) {
    index.emplace(options.index, index::PageReaderOptions{.verify = false});
    import.known_page = [&index](std::string_view page) { return index->find(page).has_value(); };
  }
  std::optional<AtomicFile> pages;
  std::unordered_set<std::string> written;
  if (!options.pages_out.empty()) {
    pages.emplace(options.pages_out);
    import.log.report_page = [&](const clicks::LoggedPage& page) {
      if (!written.insert(page.id).second) return;
      const OrderedJson line = {{"id", page.id}, {"url", page.url}, {"title", page.title}, {"text", page.snippet}};
      pages->write(line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
    };
  }
  const clicks::ClickLogReport report = clicks::import_click_logs(options.input.paths(), options.out, import);
  if (pages) pages->commit();
  fmt::print("{}", options.json ? clicks::report_json(report).dump(2) + "\n" : report_text(report, options.out));
  return 0;
}

}  // namespace

Runner set_up_log_import(CLI::App& app) {
  auto options = std::make_shared<LogImportOptions>();
  app.description("Make one click log of others, with a report of what was read and what was left out");
  options->input.add_to(app);
  app.add_option("--out", options->out, "The click log to write (JSON lines)")->required();
  CLI::Option* pages = app.add_option("--pages", options->pages,
                                      "The pages that are known: JSON records with the key id; results on others keep only their place");
  app.add_option("--index", options->index, "The index whose pages are known, instead of --pages")->excludes(pages);
  app.add_option("--pages-out", options->pages_out,
                 "Write the pages of a log that describes them (TREC's): id, url, title, text (the snippet)");
  app.add_flag("--json", options->json, "The report as JSON");
  return [options] { return run_import(*options); };
}

}  // namespace fathom::cli
