// How good rankings are by people's judgements, which know nothing of clicks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "fathom/clicks/click_log.h"
#include "fathom/clicks/rankings.h"
#include "fathom/metrics/ranking.h"

namespace fathom::clicks {

// Judgements by topic, or by query (query_key()) where a query is its own topic.
using JudgedTopics = std::unordered_map<std::string, metrics::Judgements>;

// JSON records {"query" or "topic", "page", "relevance"} (.jsonl, .ndjson, .json), else TREC's lines "topic 0 page relevance".
// Throws Error with file:line: a line of another shape, a relevance that is no whole number.
JudgedTopics read_judgements(const std::filesystem::path& path);

// nDCG (metrics/ranking.h) of lists of pages, one after the other. Lists whose topic has no relevant page count for nothing.
class JudgedMean {
 public:
  JudgedMean(const JudgedTopics& judgements, std::int64_t depth) : judgements_(judgements), depth_(depth) {}
  void add(const SearchRecord& record);
  void add(const Ranking& ranking);
  std::int64_t judged() const { return static_cast<std::int64_t>(values_.size()); }
  std::int64_t not_judged() const { return not_judged_; }
  const std::vector<double>& values() const { return values_; }

 private:
  void add(const std::string& topic, const std::string& query, const std::vector<std::string>& pages);

  const JudgedTopics& judgements_;
  std::int64_t depth_, not_judged_ = 0;
  std::vector<double> values_;
};

}  // namespace fathom::clicks
