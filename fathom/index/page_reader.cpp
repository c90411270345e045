#include "fathom/index/page_reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/index/page_connection.h"

namespace fathom::index {
namespace {

// A segment is removed when no commit names it any more; a reader that read its name just before looks again so often.
constexpr int most_attempts = 20;
// Of a segment's cells; a search of more is no faster than comparing every vector that may be found.
constexpr double most_probed = 0.25;

// Files that a reader of this process has open, so that each is mapped and checked once.
template <typename File>
class OpenFiles {
 public:
  std::shared_ptr<const File> get(const std::string& key, const std::function<std::shared_ptr<const File>()>& open) {
    {
      const std::lock_guard lock(mutex_);
      if (auto file = open_[key].lock()) return file;
    }
    auto file = open();
    const std::lock_guard lock(mutex_);
    std::erase_if(open_, [](const auto& entry) { return entry.second.expired(); });
    open_[key] = file;
    return file;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const File>> open_;
};

std::shared_ptr<const VectorSegment> shared_segment(const std::filesystem::path& path, const SegmentRow& row, std::int64_t width,
                                                    bool verify) {
  static OpenFiles<VectorSegment> files;
  return files.get(fmt::format("{}\n{}\n{}", path.string(), row.sha256, verify),
                   [&] { return std::make_shared<const VectorSegment>(path, width, verify ? row.sha256 : ""); });
}

std::shared_ptr<const VectorCells> shared_cells(const std::filesystem::path& path, const CellsRow& row, const VectorSegment& segment,
                                                bool verify) {
  static OpenFiles<VectorCells> files;
  return files.get(fmt::format("{}\n{}\n{}", path.string(), row.sha256, verify),
                   [&] { return std::make_shared<const VectorCells>(path, segment, verify ? row.sha256 : ""); });
}

// Throws Error unless the file has as many bytes as the index remembers.
void check_size(const std::filesystem::path& path, std::int64_t expected, const char* what) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  require(!error, "{}: the {} is missing; `fathom index repair` makes it again", path.string(), what);
  require(static_cast<std::int64_t>(bytes) == expected, "{}: the {} has {} bytes and should have {}; `fathom index repair` makes it again",
          path.string(), what, bytes, expected);
}

ino_t inode_of(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

PageReader::PageReader(const std::filesystem::path& directory, PageReaderOptions options) : directory_(directory), options_(options) {
  refresh();
}

PageReader::~PageReader() = default;

void PageReader::release() {
  if (!in_snapshot_) return;
  in_snapshot_ = false;
  connection_->database.execute("COMMIT");
}

bool PageReader::refresh() {
  release();
  const std::filesystem::path path = directory_ / store_file;
  for (int attempt = 1;; ++attempt) {
    bool connected = false;
    if (connection_ == nullptr || inode_of(path) != file_) {
      connection_.reset();
      file_ = inode_of(path);
      connection_ = std::make_unique<Connection>(directory_);
      connected = true;
    }
    connection_->database.execute("BEGIN");
    in_snapshot_ = true;
    connection_->generation.reset();
    require(connection_->generation.step(), "{}: the index names no generation; it is damaged, make it again", path.string());
    const std::string generation(connection_->generation.text(0));
    connection_->generation.reset();
    if (!connected && generation == std::to_string(state_.generation)) return false;
    try {
      load();
      return true;
    } catch (const Error&) {
      in_snapshot_ = false;
      connection_.reset();
      // Was a segment removed by a newer commit while its name was on its way here?
      const std::int64_t seen = std::exchange(state_.generation, -1);
      const bool changed = inode_of(path) != file_ || read_state(open_page_database(directory_, Database::Access::read)).generation != seen;
      if (!changed || attempt == most_attempts) throw;
    }
  }
}

void PageReader::load() {
  state_ = read_state(connection_->database);
  if (state_.version > oldest_page_index_version) connection_->know_questions();
  segment_rows_ = read_segments(connection_->database);
  std::vector<std::shared_ptr<const VectorSegment>> segments;
  for (const SegmentRow& row : segment_rows_) {
    const std::filesystem::path path = segment_path(directory_, row.name);
    check_size(path, row.bytes, "segment");
    segments.push_back(shared_segment(path, row, state_.width, options_.verify));
  }
  cells_rows_ = read_cells(connection_->database);
  std::vector<SegmentCells> cells(segments.size());
  for (const CellsRow& row : cells_rows_) {
    for (std::size_t s = 0; s < segments.size(); ++s) {
      if (segment_rows_[s].name != row.segment) continue;
      const std::filesystem::path path = segment_path(directory_, row.name);
      check_size(path, row.bytes, "file of cells");
      cells[s] = {shared_cells(path, row, *segments[s], options_.verify), row.probes};
    }
  }
  segments_ = std::move(segments);
  cells_ = std::move(cells);
  std::vector<std::int64_t> removed;
  Statement select(connection_->database, "SELECT number FROM removed ORDER BY number");
  while (select.step()) removed.push_back(select.integer(0));
  alive_.assign(segments_.size(), {});
  alive_pages_.clear();
  for (const auto& segment : segments_) alive_pages_.push_back(static_cast<std::int64_t>(segment->pages().size()));
  for (std::size_t s = 0; s < segments_.size() && !removed.empty(); ++s) {
    const auto pages = segments_[s]->pages();
    for (const std::int64_t number : removed) {
      const auto found = std::lower_bound(pages.begin(), pages.end(), number);
      if (found == pages.end() || *found != number) continue;
      if (alive_[s].empty()) alive_[s].assign(pages.size(), 1);
      alive_[s][static_cast<std::size_t>(found - pages.begin())] = 0;
      --alive_pages_[s];
    }
  }
}

CellsUse PageReader::cells_use() const {
  CellsUse use;
  for (const CellsRow& row : cells_rows_) {
    use.cells += row.cells;
    use.probes += row.probes;
    use.recall_10 = std::min(use.recall_10, row.recall_10);
    use.recall_100 = std::min(use.recall_100, row.recall_100);
  }
  return use;
}

std::optional<std::int64_t> PageReader::find(std::string_view id) {
  Statement& find = connection_->find;
  find.reset();
  const bool found = find.bind(1, id).step();
  const std::int64_t number = found ? find.integer(0) : 0;
  find.reset();
  return found ? std::optional(number) : std::nullopt;
}

Page PageReader::page(std::int64_t number) {
  Statement& select = connection_->select;
  select.reset();
  require(select.bind(1, number).step(), "{}: there is no page {}", directory_.string(), number);
  Page page{std::string(select.text(0)), std::string(select.text(1)), std::string(select.text(3)), std::string(select.text(2))};
  select.reset();
  Statement& metadata = connection_->metadata;
  metadata.reset();
  metadata.bind(1, number);
  while (metadata.step()) page.metadata.emplace_back(metadata.text(0), metadata.text(1));
  metadata.reset();
  return page;
}

std::string PageReader::id(std::int64_t number) { return connection_->text_of(connection_->select_id, number); }
std::string PageReader::hash(std::int64_t number) { return connection_->text_of(connection_->select_hash, number); }

std::vector<text::Span> PageReader::sentences(std::int64_t number) {
  Statement& select = connection_->sentences;
  select.reset();
  select.bind(1, number);
  std::vector<text::Span> spans;
  while (select.step()) spans.push_back({static_cast<std::size_t>(select.integer(0)), static_cast<std::size_t>(select.integer(1))});
  select.reset();
  return spans;
}

std::vector<PageQuestion> PageReader::questions(std::int64_t number) {
  std::vector<PageQuestion> questions;
  if (!connection_->questions) return questions;
  Statement& select = *connection_->questions;
  select.reset();
  select.bind(1, number);
  while (select.step()) questions.push_back({select.integer(0), std::string(select.text(1))});
  select.reset();
  return questions;
}

std::vector<PageSuggestion> PageReader::suggestions(std::int64_t number) {
  std::vector<PageSuggestion> suggestions;
  if (!connection_->suggestions) return suggestions;
  Statement& select = *connection_->suggestions;
  select.reset();
  select.bind(1, number);
  while (select.step()) suggestions.push_back({select.integer(0), std::string(select.text(1)), std::string(select.text(2))});
  select.reset();
  return suggestions;
}

PageReader::QuestionCounts PageReader::question_counts() {
  QuestionCounts counts;
  if (!connection_->questions) return counts;
  Statement select(connection_->database,
                   "SELECT count(*), count(DISTINCT document), (SELECT count(*) FROM suggestions), (SELECT count(DISTINCT document) FROM "
                   "suggestions) FROM questions");
  select.step();
  return {select.integer(0), select.integer(1), select.integer(2), select.integer(3)};
}

std::vector<std::int64_t> PageReader::all_pages() {
  Statement select(connection_->database, "SELECT number FROM documents ORDER BY number");
  std::vector<std::int64_t> numbers;
  while (select.step()) numbers.push_back(select.integer(0));
  return numbers;
}

std::vector<std::string> PageReader::pages_with_hash(const std::string& hash) {
  Statement& select = connection_->same_hash;
  select.reset();
  select.bind(1, hash);
  std::vector<std::string> ids;
  while (select.step()) ids.emplace_back(select.text(0));
  select.reset();
  return ids;
}

AllowedPages PageReader::allowed(const PageFilter& filter) {
  if (filter.empty()) return std::nullopt;
  std::map<std::string, std::vector<std::int64_t>> by_key;
  Statement select(connection_->database, "SELECT document FROM metadata WHERE key = ?1 AND value = ?2 ORDER BY document");
  for (const auto& [key, value] : filter) {
    select.reset();
    select.bind(1, key).bind(2, value);
    std::vector<std::int64_t>& numbers = by_key[key];
    while (select.step()) numbers.push_back(select.integer(0));
  }
  AllowedPages allowed;
  for (auto& [key, numbers] : by_key) {
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    if (!allowed) {
      allowed = std::move(numbers);
      continue;
    }
    std::vector<std::int64_t> both;
    std::set_intersection(allowed->begin(), allowed->end(), numbers.begin(), numbers.end(), std::back_inserter(both));
    allowed = std::move(both);
  }
  return allowed;
}

std::pair<PageMask, std::int64_t> PageReader::mask_of(std::size_t segment, const std::vector<std::int64_t>& allowed) const {
  const auto pages = segments_[segment]->pages();
  if (pages.empty()) return {{}, 0};
  PageMask mask(pages.size(), 0);
  std::int64_t count = 0;
  for (auto number = std::lower_bound(allowed.begin(), allowed.end(), pages.front()); number != allowed.end() && *number <= pages.back();
       ++number) {
    const auto found = std::lower_bound(pages.begin(), pages.end(), *number);
    if (*found != *number) continue;
    const auto at = static_cast<std::size_t>(found - pages.begin());
    if (!alive_[segment].empty() && alive_[segment][at] == 0) continue;
    mask[at] = 1;
    ++count;
  }
  return {std::move(mask), count};
}

std::vector<PageVectorHit> PageReader::search_vectors(const QuantizedQuery& query, std::int64_t k, const AllowedPages& allowed,
                                                      bool exact) {
  if (query.is_zero()) return {};
  BestPages best(k);
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const VectorSegment& segment = *segments_[s];
    PageMask filtered;
    std::int64_t count = alive_pages_[s];
    if (allowed) std::tie(filtered, count) = mask_of(s, *allowed);
    const PageMask& mask = allowed ? filtered : alive_[s];
    if (count == 0) continue;
    const SegmentCells& cells = cells_[s];
    if (exact || cells.cells == nullptr) {
      segment.scan(query, mask, best);
      continue;
    }
    // The fewer of its pages may be found, the more cells have to be looked into; beyond a share of them the pass over all is as fast.
    const double share = static_cast<double>(count) / static_cast<double>(segment.pages().size());
    const double probes = static_cast<double>(cells.probes) / share;
    const std::int64_t before = best.size();
    const bool whole = probes > most_probed * static_cast<double>(cells.cells->cells()) && share < 1.0;
    if (!whole) cells.cells->search(segment, query, mask, std::llround(probes), best);
    if (whole || best.size() < std::min(k, before + count)) {
      BestPages all(k);
      segment.scan(query, mask, all);
      for (const PageVectorHit& hit : all.take()) best.offer_again(hit);
    }
  }
  return best.take();
}

std::optional<PageVectorHit> PageReader::score_vectors(const QuantizedQuery& query, std::int64_t number) {
  if (query.is_zero()) return std::nullopt;
  for (std::size_t s = 0; s < segments_.size(); ++s)
    if (number >= segment_rows_[s].first && number <= segment_rows_[s].last) return segments_[s]->score(query, number);
  return std::nullopt;
}

}  // namespace fathom::index
