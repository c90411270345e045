// Click logs of any known format become one in JSON lines whose pages are all known; what was left out is counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/clicks/click_log_reader.h"

namespace fathom::clicks {

struct PositionCounts {
  std::int64_t shown = 0, clicked = 0;
};

struct ClickLogReport {
  std::int64_t searches = 0, without_results = 0, with_clicks = 0, results = 0, clicks = 0;
  std::vector<PositionCounts> positions;  // [0]: the first result; results on unknown pages count here, too
  std::int64_t unknown_results = 0, unknown_clicks = 0;
  std::vector<std::string> unknown_pages;  // the first different ones, as examples
  std::int64_t left_out = 0;               // searches without a result that is known
  std::int64_t bad_records = 0, unmatched_clicks = 0;
  std::vector<std::string> bad;  // the first messages
};

constexpr std::size_t most_examples = 5;  // that a report keeps of each kind

struct ImportOptions {
  ClickLogOptions log;
  std::function<bool(std::string_view page)> known_page = {};  // none: every page is known
};

// Reads `inputs` in turn and writes their searches to `out`, which appears complete or not at all. A result on an unknown page stays as one
// without a name (null), so that positions stay right; a search that shows nothing else is left out. Throws Error as read_click_log().
ClickLogReport import_click_logs(const std::vector<std::filesystem::path>& inputs, const std::filesystem::path& out,
                                 const ImportOptions& options);

// The ids of the pages in a file of JSON records with the key "id": what an import can hold a log against. Throws Error with file:line.
std::unordered_set<std::string> read_page_ids(const std::filesystem::path& path);

OrderedJson report_json(const ClickLogReport& report);

// Counts one search of a log that is read for another purpose.
void count_search(ClickLogReport& report, const SearchRecord& record);

}  // namespace fathom::clicks
