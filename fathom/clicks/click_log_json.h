// One line of a click log in JSON (docs/clicks.md):
//   a search  {"query": "…", "time": 1700000000, "shown": ["page", {"page": "…", "sentence": 3}, null], "clicked": ["page", 3], "id": "…"}
//   a click   {"id": "…", "clicked": ["page"]}        on a search that an earlier line wrote under this id
// An entry of `clicked` is a page's id, a position (a number from 1), or {"page" or "position", "dwell": seconds}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/clicks/click_log.h"

namespace fathom::clicks {

struct Click {
  std::string page;           // empty: the result at `position` is meant
  std::int64_t position = 0;  // from 1
  double dwell = -1;
};

struct ClickLogLine {
  std::string id;                      // joins clicks to their search; empty: none follow
  std::optional<SearchRecord> search;  // clicks of its own line are applied already
  std::vector<Click> clicks;           // of a line without a search
};

// `position` is "file:line", for messages. Throws Error: no JSON, a missing key, a value of another type, a blank query, a page that is
// shown twice, a click on what was not shown, a time that is no number of seconds.
ClickLogLine parse_click_log_line(std::string_view line, const std::string& position);

// Without a line break. Throws Error for a record that parse_click_log_line() would refuse.
std::string search_line(const SearchRecord& record, const std::string& id = "");
std::string click_line(const std::string& id, const std::vector<Click>& clicks);

// Marks the clicked results; the dwell times of several clicks on one result add up. Throws Error when one was not shown.
void apply_clicks(SearchRecord& record, const std::vector<Click>& clicks, const std::string& position);

// Throws Error as parse_click_log_line() does for what a record says, whatever format it came in.
void check_search(const SearchRecord& record, const std::string& position);

}  // namespace fathom::clicks
