// What page search is trained and measured on: pages with their sentences, clicks on them, and judged queries.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fathom/metrics/ranking.h"
#include "fathom/text/sentences.h"

namespace fathom::pages {

struct Page {
  std::string id, title, text;
  std::vector<text::Span> sentences;  // of the text, with the ordinals that an index gives them (index/page.h)
  std::vector<std::string_view> sentence_texts() const;
};

struct PageCollection {
  std::vector<Page> pages;
  std::unordered_map<std::string, std::int32_t> by_id;
};

// JSONL (or a JSON list) of {"id", "title", "text"}; the title may be missing. `threads` (0: one a core) split sentences; the result is the
// same for any number. Throws Error with file:line: no id, an id given twice, neither title nor text.
PageCollection read_pages(const std::filesystem::path& path, int threads = 0);

// A click with the page found in the collection.
struct PageExample {
  std::string query;
  std::int32_t page = 0;
  std::int32_t sentence = -1;  // -1: the log does not say
  double weight = 1;
};

struct PageExamples {
  std::vector<PageExample> examples;
  std::int64_t unknown_pages = 0;      // left out: the collection does not have their page
  std::int64_t unknown_sentences = 0;  // kept without a sentence: the page has no such sentence
};

// JSONL of {"query", "page", "sentence", "weight"}: clicks::ClickExample. Instead of the ordinal "sentence" a record may say "offset", a
// byte of the page's text, and means the sentence that holds it. Both may be missing; the weight is 1 unless given.
// Throws Error with file:line: a record without query or page, a weight that is negative or not finite; with the file: no example is left.
PageExamples read_page_examples(const std::filesystem::path& path, const PageCollection& pages);

struct JudgedQuery {
  std::string id, text, group;     // the group is what results are reported by; "all" unless given
  metrics::Judgements judgements;  // by page id
};

// Queries: JSONL of {"id", "query", "group"}. Judgements: TREC's "query 0 page relevance", separated by white space. Queries without a
// relevant page are left out. Throws Error with file:line: a record or line of another form; with the file: no query is left.
std::vector<JudgedQuery> read_judged_queries(const std::filesystem::path& queries, const std::filesystem::path& judgements);

}  // namespace fathom::pages
