// The formats behind read_click_log(). Private to the room.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "fathom/base/error.h"
#include "fathom/clicks/click_log_reader.h"

namespace fathom::clicks {

using SearchVisitor = std::function<void(SearchRecord& record, const std::string& position)>;

// What is done with a bad record: it ends the reading, or is counted.
class BadRecords {
 public:
  BadRecords(const ClickLogOptions& options, ClickLogCounts& counts) : options_(options), counts_(counts) {}
  // True when `parse` threw an Error and reading goes on behind it.
  template <typename Parse>
  bool caught(Parse&& parse) {
    try {
      parse();
      return false;
    } catch (const Error& error) {
      if (options_.on_bad == data::OnBad::fail) throw;
      ++counts_.bad_records;
      if (options_.report_bad) options_.report_bad(error.what());
      return true;
    }
  }

 private:
  const ClickLogOptions& options_;
  ClickLogCounts& counts_;
};

void read_json_log(const std::filesystem::path& path, const ClickLogOptions& options, ClickLogCounts& counts, const SearchVisitor& visit);
void read_tsv_log(const std::filesystem::path& path, const ClickLogOptions& options, ClickLogCounts& counts, const SearchVisitor& visit);
void read_trec_sessions(const std::filesystem::path& path, const ClickLogOptions& options, ClickLogCounts& counts,
                        const SearchVisitor& visit);

}  // namespace fathom::clicks
