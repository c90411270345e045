// A click log in memory as the click models need it: numbers for (query, page) pairs, one entry a shown result.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/clicks/click_log.h"

namespace fathom::clicks {

// One result of one search. Results on unknown pages share pair 0, of which nothing is learnt but the average.
struct Impression {
  std::uint32_t pair = 0;
  bool clicked = false;
};
using Impressions = std::span<const Impression>;  // of one search, from position 1 down

// What makes two queries the same one: lower case, white space of any length is one space.
std::string query_key(std::string_view query);

class ClickData {
 public:
  // Searches without results are passed over (false).
  bool add(const SearchRecord& record);
  // A list as a search without clicks, with the pairs of this log; a page or query that the log does not have gets pair 0.
  std::vector<Impression> impressions_of(std::string_view query, const std::vector<std::string>& pages) const;

  std::size_t size() const { return begins_.size() - 1; }
  Impressions search(std::size_t number) const { return {impressions_.data() + begins_[number], begins_[number + 1] - begins_[number]}; }
  std::uint32_t query(std::size_t search) const { return queries_of_searches_[search]; }
  std::size_t pair_count() const { return pairs_.size() + 1; }  // pair 0 included
  std::size_t query_count() const { return queries_.size(); }
  std::int64_t query_number(std::string_view query) const;  // -1: not in the log
  std::size_t impression_count() const { return impressions_.size(); }
  std::size_t longest() const { return longest_; }  // results of the longest list

  // Share of the impressions whose pair was shown at two or more positions. Only those can tell examination from relevance.
  double share_at_several_positions() const;

 private:
  std::uint32_t pair_of(std::uint32_t query, const std::string& page);

  std::unordered_map<std::string, std::uint32_t> queries_, pages_;
  std::unordered_map<std::uint64_t, std::uint32_t> pairs_;  // query · 2³² + page
  std::vector<std::uint32_t> queries_of_searches_;
  std::vector<Impression> impressions_;
  std::vector<std::size_t> begins_ = {0};
  std::size_t longest_ = 0;
};

}  // namespace fathom::clicks
