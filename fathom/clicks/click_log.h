// Click logs: what was asked, what was shown, what was clicked (docs/clicks.md). One record a search.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fathom::clicks {

struct ShownResult {
  // The page's id in the index; empty: a page that is not known (any longer). It keeps its place, so that the positions below it stay
  // right.
  std::string page;
  std::int64_t sentence = -1;  // ordinal of the sentence that was shown as the snippet; -1: unknown
  bool clicked = false;
  double dwell = -1;  // seconds spent on the page, over all clicks on it; -1: unknown
};

struct SearchRecord {
  std::string query;
  std::int64_t time = 0;           // seconds since 1970-01-01 UTC; 0: unknown
  std::vector<ShownResult> shown;  // in the order of the page of results, best first: shown[0] stood at position 1
  std::string topic;               // what the query is about, where judgements are kept by topic; empty: the query itself
};

// One training example drawn from a log: the query was satisfied by this page (and, where known, this sentence).
struct ClickExample {
  std::string query;
  std::string page;
  std::int64_t sentence = -1;
  double weight = 1;  // how much the click counts once the position in which it was shown is accounted for
};

}  // namespace fathom::clicks
