#include "fathom/index/page_reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "fathom/base/error.h"
#include "fathom/index/page_connection.h"

namespace fathom::index {
namespace {

// A segment is removed when no commit names it any more; a reader that read its name just before looks again so often.
constexpr int most_attempts = 20;

// Segments that a reader of this process has open, so that each is mapped and checked once.
std::shared_ptr<const VectorSegment> shared_segment(const std::filesystem::path& path, const SegmentRow& row, std::int64_t width,
                                                    bool verify) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<const VectorSegment>> open;
  const std::string key = fmt::format("{}\n{}\n{}", path.string(), row.sha256, verify);
  {
    const std::lock_guard lock(mutex);
    if (auto segment = open[key].lock()) return segment;
  }
  auto segment = std::make_shared<const VectorSegment>(path, width, verify ? row.sha256 : "");
  const std::lock_guard lock(mutex);
  std::erase_if(open, [](const auto& entry) { return entry.second.expired(); });
  open[key] = segment;
  return segment;
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
      release();
      // Was a segment removed by a newer commit while its name was on its way here?
      const std::int64_t seen = state_.generation;
      state_.generation = -1;
      const bool changed = inode_of(path) != file_ || read_state(connection_->database).generation != seen;
      if (!changed || attempt == most_attempts) {
        connection_.reset();
        throw;
      }
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
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(path, error);
    require(!error, "{}: the segment is missing; `fathom index repair` makes it again", path.string());
    require(static_cast<std::int64_t>(bytes) == row.bytes,
            "{}: the segment has {} bytes and should have {}; `fathom index repair` makes it again", path.string(), bytes, row.bytes);
    segments.push_back(shared_segment(path, row, state_.width, options_.verify));
  }
  segments_ = std::move(segments);
  std::vector<std::int64_t> removed;
  Statement select(connection_->database, "SELECT number FROM removed ORDER BY number");
  while (select.step()) removed.push_back(select.integer(0));
  alive_.assign(segments_.size(), {});
  for (std::size_t s = 0; s < segments_.size() && !removed.empty(); ++s) {
    const auto pages = segments_[s]->pages();
    for (const std::int64_t number : removed) {
      const auto found = std::lower_bound(pages.begin(), pages.end(), number);
      if (found == pages.end() || *found != number) continue;
      if (alive_[s].empty()) alive_[s].assign(pages.size(), 1);
      alive_[s][static_cast<std::size_t>(found - pages.begin())] = 0;
    }
  }
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

std::vector<PageVectorHit> PageReader::search_vectors(const QuantizedQuery& query, std::int64_t k, const AllowedPages& allowed) {
  if (query.is_zero()) return {};
  BestPages best(k);
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    if (!allowed) {
      segments_[s]->scan(query, alive_[s], best);
      continue;
    }
    const auto pages = segments_[s]->pages();
    if (pages.empty()) continue;
    PageMask mask(pages.size(), 0);
    bool any = false;
    for (auto number = std::lower_bound(allowed->begin(), allowed->end(), pages.front());
         number != allowed->end() && *number <= pages.back(); ++number) {
      const auto found = std::lower_bound(pages.begin(), pages.end(), *number);
      if (*found != *number) continue;
      const auto at = static_cast<std::size_t>(found - pages.begin());
      mask[at] = alive_[s].empty() ? 1 : alive_[s][at];
      any = true;
    }
    if (any) segments_[s]->scan(query, mask, best);
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
