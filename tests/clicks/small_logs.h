// Small click logs for the tests.
#pragma once

#include <string>
#include <vector>

#include "fathom/clicks/click_data.h"
#include "fathom/clicks/simulation.h"

namespace fathom::clicks {

// "a b* c": three results, the second clicked.
inline SearchRecord search(const std::string& query, const std::string& results) {
  SearchRecord record;
  record.query = query;
  for (std::size_t begin = 0; begin < results.size();) {
    const std::size_t end = std::min(results.find(' ', begin), results.size());
    std::string page = results.substr(begin, end - begin);
    const bool clicked = page.ends_with('*');
    if (clicked) page.pop_back();
    record.shown.push_back({.page = page, .clicked = clicked});
    begin = end + 1;
  }
  return record;
}

inline ClickData data_of(const std::vector<SearchRecord>& records) {
  ClickData data;
  for (const SearchRecord& record : records) data.add(record);
  return data;
}

// `queries` rankings of `pages` pages whose relevance falls from 1 to 0, each with its own page ids.
inline std::vector<Ranking> falling_rankings(std::size_t queries, std::size_t pages) {
  std::vector<Ranking> rankings(queries);
  for (std::size_t q = 0; q < queries; ++q) {
    rankings[q].query = "query " + std::to_string(q);
    for (std::size_t p = 0; p < pages; ++p)
      rankings[q].results.push_back({"q" + std::to_string(q) + "-p" + std::to_string(p), static_cast<std::int64_t>(p),
                                     1 - static_cast<double>(p) / static_cast<double>(pages - 1)});
  }
  return rankings;
}

}  // namespace fathom::clicks
