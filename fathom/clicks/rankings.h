// Ranked lists of pages for queries: what a search engine would show. JSON records, one a query:
//   {"query": "…", "results": [{"page": "…", "sentence": 3, "relevance": 0.7}, "page", …], "topic": "…"}
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fathom::clicks {

struct RankedPage {
  std::string page;
  std::int64_t sentence = -1;
  double relevance = -1;  // 0 to 1, for simulated users; -1: unknown
};

struct Ranking {
  std::string query, topic;
  std::vector<RankedPage> results;  // best first
};

// Throws Error with file:line: a record of another shape, a relevance outside [0, 1], a page or a query that stands twice; no record at
// all.
std::vector<Ranking> read_rankings(const std::filesystem::path& path);

}  // namespace fathom::clicks
