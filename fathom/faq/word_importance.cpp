#include "fathom/faq/word_importance.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"

namespace fathom::faq {
namespace {

std::int64_t parse_count(std::string_view text, const std::string& position) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && value >= 0, "{}: a count is expected, found '{}'", position, text);
  return value;
}

}  // namespace

void WordImportance::add_document(const std::vector<std::string>& words) {
  ++documents_;
  const std::set<std::string_view> different(words.begin(), words.end());
  for (const std::string_view word : different) ++counts_[std::string(word)];
}

std::int64_t WordImportance::count(std::string_view word) const {
  const auto found = counts_.find(std::string(word));
  return found == counts_.end() ? 0 : found->second;
}

double WordImportance::idf(std::string_view word) const {
  return std::max(0.0, std::log((static_cast<double>(documents_) + 1.0) / (static_cast<double>(count(word)) + 0.5)));
}

void WordImportance::save(const std::filesystem::path& file) const {
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts_.begin(), counts_.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a < b; });
  AtomicFile out(file);
  out.write(fmt::format("{}\n", documents_));
  for (const auto& [word, count] : sorted) out.write(fmt::format("{}\t{}\n", word, count));
  out.commit();
}

WordImportance WordImportance::load(const std::filesystem::path& file) {
  WordImportance importance;
  LineReader lines(file);
  const auto first = lines.next();
  require(first.has_value(), "{}: the file is empty; the number of documents should be its first line", file.string());
  importance.documents_ = parse_count(*first, lines.position());
  while (const auto line = lines.next()) {
    const std::size_t tab = line->find('\t');
    require(tab != std::string_view::npos && tab > 0, "{}: 'word TAB count' is expected", lines.position());
    const std::int64_t count = parse_count(line->substr(tab + 1), lines.position());
    require(count <= importance.documents_, "{}: a word cannot be in {} of {} documents", lines.position(), count, importance.documents_);
    require(count > 0, "{}: a word that is in no document has no place here", lines.position());
    const bool fresh = importance.counts_.emplace(line->substr(0, tab), count).second;
    require(fresh, "{}: the word '{}' is given twice", lines.position(), line->substr(0, tab));
  }
  return importance;
}

}  // namespace fathom::faq
