// Reads click logs one search at a time, in bounded memory: JSON lines, tab-separated values, TREC Session track XML; plain, gzip, xz,
// zstd.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "fathom/clicks/click_log.h"
#include "fathom/data/documents.h"

namespace fathom::clicks {

// A result as a log describes it that holds the pages' titles and snippets (TREC's).
struct LoggedPage {
  std::string id, url, title, snippet;
};

struct ClickLogOptions {
  data::OnBad on_bad = data::OnBad::fail;  // skip: pass over records that are no searches, telling `report_bad`
  std::function<void(const std::string& message)> report_bad = {};
  std::function<void(const LoggedPage& page)> report_page = {};  // each result of a log that describes its pages, repeated ones too
  std::size_t max_record_bytes = std::size_t{16} << 20;          // a longer line is bad input; memory is a small multiple of it
  // Searches with an id wait for clicks on later lines until so many others have followed; a click that comes later is not matched.
  std::size_t max_open_searches = 100'000;
};

struct ClickLogCounts {
  std::int64_t searches = 0, bad_records = 0;
  std::int64_t unmatched_clicks = 0;  // lines with clicks on a search that is not in the file, or too far back
};

// Calls `visit` with each search in the file's order and "file:line". By the extension before the compression's: .tsv and .tab are
// tab-separated, .xml is TREC's, everything else JSON lines. Blank lines are passed over.
// Throws Error with file:line for a bad record (OnBad::skip: counted instead), and in any case when the file cannot be read or is damaged.
ClickLogCounts read_click_log(const std::filesystem::path& path, const ClickLogOptions& options,
                              const std::function<void(SearchRecord& record, const std::string& position)>& visit);

}  // namespace fathom::clicks
