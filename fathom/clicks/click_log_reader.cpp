// The choice of a format, and JSON lines, whose clicks may stand on later lines than their search.
#include "fathom/clicks/click_log_reader.h"

#include <deque>
#include <unordered_map>
#include <utility>

#include "fathom/clicks/click_log_formats.h"
#include "fathom/clicks/click_log_json.h"
#include "fathom/data/bounded_lines.h"
#include "fathom/data/records.h"

namespace fathom::clicks {
namespace {

// Searches in the order of their lines, those with an id held back for the clicks that follow.
class OpenSearches {
 public:
  OpenSearches(std::size_t most, const SearchVisitor& visit) : most_(most), visit_(visit) {}

  void add(SearchRecord record, const std::string& id, const std::string& position) {
    if (!id.empty()) by_id_.emplace(id, first_ + waiting_.size());
    waiting_.push_back({std::move(record), id, position});
    if (id.empty() && by_id_.empty()) release(1);
    while (waiting_.size() > most_) release(1);
  }

  bool has(const std::string& id) const { return by_id_.contains(id); }

  // False when no search of that id waits.
  bool click(const std::string& id, const std::vector<Click>& clicks, const std::string& position) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return false;
    apply_clicks(waiting_[found->second - first_].record, clicks, position);
    return true;
  }

  void release(std::size_t count) {
    for (; count > 0 && !waiting_.empty(); --count) {
      Waiting search = std::move(waiting_.front());
      waiting_.pop_front();
      ++first_;
      by_id_.erase(search.id);
      visit_(search.record, search.position);
    }
  }
  void release_all() { release(waiting_.size()); }

 private:
  struct Waiting {
    SearchRecord record;
    std::string id, position;
  };
  std::size_t most_;
  const SearchVisitor& visit_;
  std::deque<Waiting> waiting_;
  std::size_t first_ = 0;  // number of the search at the front, among all
  std::unordered_map<std::string, std::size_t> by_id_;
};

}  // namespace

void read_json_log(const std::filesystem::path& path, const ClickLogOptions& options, ClickLogCounts& counts, const SearchVisitor& visit) {
  BadRecords bad(options, counts);
  data::BoundedLines lines(path, options.max_record_bytes);
  const SearchVisitor counted = [&](SearchRecord& record, const std::string& position) {
    ++counts.searches;
    visit(record, position);
  };
  OpenSearches open(options.max_open_searches, counted);
  while (lines.next()) {
    if (lines.line().find_first_not_of(" \t\r") == std::string_view::npos && !lines.too_long()) continue;
    const std::string position = fmt::format("{}:{}", path.string(), lines.number());
    ClickLogLine line;
    const bool skipped = bad.caught([&] {
      require(!lines.too_long(), "{}: the line is longer than {} bytes", position, options.max_record_bytes);
      line = parse_click_log_line(lines.line(), position);
      require(!line.search || !open.has(line.id), "{}: the id '{}' belongs to an earlier search", position, line.id);
      if (!line.search && !open.click(line.id, line.clicks, position)) ++counts.unmatched_clicks;
    });
    if (skipped || !line.search) continue;
    open.add(std::move(*line.search), line.id, position);
  }
  open.release_all();
}

ClickLogCounts read_click_log(const std::filesystem::path& path, const ClickLogOptions& options, const SearchVisitor& visit) {
  ClickLogCounts counts;
  const std::string extension = data::uncompressed_extension(path);
  if (extension == ".tsv" || extension == ".tab")
    read_tsv_log(path, options, counts, visit);
  else if (extension == ".xml")
    read_trec_sessions(path, options, counts, visit);
  else
    read_json_log(path, options, counts, visit);
  return counts;
}

}  // namespace fathom::clicks
