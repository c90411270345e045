#include "fathom/clicks/click_data.h"

#include <algorithm>
#include <limits>

#include "fathom/base/error.h"
#include "fathom/text/words.h"

namespace fathom::clicks {
namespace {

std::uint64_t key_of(std::uint32_t query, std::uint32_t page) { return (std::uint64_t{query} << 32) | page; }

std::uint32_t number_of(std::unordered_map<std::string, std::uint32_t>& numbers, const std::string& name) {
  require(numbers.size() < std::numeric_limits<std::uint32_t>::max(),
          "the click log has more different queries or pages than can be numbered");
  return numbers.emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second;
}

}  // namespace

std::string query_key(std::string_view query) {
  std::string key;
  bool space = false;
  for (const char c : text::lower_case(query)) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      space = !key.empty();
      continue;
    }
    if (space) key += ' ';
    space = false;
    key += c;
  }
  return key;
}

std::uint32_t ClickData::pair_of(std::uint32_t query, const std::string& page) {
  if (page.empty()) return 0;
  const auto next = static_cast<std::uint32_t>(pairs_.size() + 1);
  require(next != 0, "the click log has more different (query, page) pairs than can be numbered");
  return pairs_.emplace(key_of(query, number_of(pages_, page)), next).first->second;
}

bool ClickData::add(const SearchRecord& record) {
  if (record.shown.empty()) return false;
  const std::uint32_t query = number_of(queries_, query_key(record.query));
  for (const ShownResult& result : record.shown) impressions_.push_back({pair_of(query, result.page), result.clicked});
  begins_.push_back(impressions_.size());
  queries_of_searches_.push_back(query);
  longest_ = std::max(longest_, record.shown.size());
  return true;
}

std::int64_t ClickData::query_number(std::string_view query) const {
  const auto found = queries_.find(query_key(query));
  return found == queries_.end() ? -1 : static_cast<std::int64_t>(found->second);
}

std::vector<Impression> ClickData::impressions_of(std::string_view query, const std::vector<std::string>& pages) const {
  std::vector<Impression> list(pages.size());
  const std::int64_t number = query_number(query);
  if (number < 0) return list;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const auto page = pages_.find(pages[i]);
    if (page == pages_.end()) continue;
    const auto pair = pairs_.find(key_of(static_cast<std::uint32_t>(number), page->second));
    if (pair != pairs_.end()) list[i].pair = pair->second;
  }
  return list;
}

double ClickData::share_at_several_positions() const {
  if (impressions_.empty()) return 0;
  constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> first(pair_count(), nowhere);
  std::vector<bool> several(pair_count(), false);
  for (std::size_t search = 0; search < size(); ++search)
    for (std::size_t i = 0; i < this->search(search).size(); ++i) {
      const std::uint32_t pair = this->search(search)[i].pair;
      if (first[pair] == nowhere) first[pair] = static_cast<std::uint32_t>(i);
      if (first[pair] != i) several[pair] = true;
    }
  several[0] = false;
  const auto count = std::count_if(impressions_.begin(), impressions_.end(), [&](const Impression& shown) { return several[shown.pair]; });
  return static_cast<double>(count) / static_cast<double>(impressions_.size());
}

}  // namespace fathom::clicks
