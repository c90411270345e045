#include "fathom/pages/page_collection.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/parallel.h"
#include "fathom/data/records.h"
#include "fathom/index/page.h"

namespace fathom::pages {
namespace {

void split_sentences(std::vector<Page>& pages, int threads) {
  constexpr std::int64_t piece_pages = 64;
  const auto count = static_cast<std::int64_t>(pages.size());
  for_each_piece((count + piece_pages - 1) / piece_pages, threads, [&](std::int64_t piece) {
    index::PageSentenceSplitter splitter;  // so that ordinals are those of an index of the same pages
    for (std::int64_t i = piece * piece_pages; i < std::min(count, (piece + 1) * piece_pages); ++i) {
      Page& page = pages[static_cast<std::size_t>(i)];
      page.sentences = splitter.split(page.text);
    }
  });
}

// The sentence that holds the byte, or -1.
std::int64_t sentence_at(const Page& page, std::int64_t offset) {
  for (std::size_t i = 0; i < page.sentences.size(); ++i) {
    if (offset >= static_cast<std::int64_t>(page.sentences[i].begin) && offset < static_cast<std::int64_t>(page.sentences[i].end))
      return static_cast<std::int64_t>(i);
  }
  return -1;
}

}  // namespace

std::vector<std::string_view> Page::sentence_texts() const {
  std::vector<std::string_view> texts;
  texts.reserve(sentences.size());
  for (const text::Span& span : sentences) texts.push_back(span.of(text));
  return texts;
}

PageCollection read_pages(const std::filesystem::path& path, int threads) {
  PageCollection collection;
  data::for_each_record(path, [&](const Json& record, const std::string& position) {
    Page page;
    page.id = json_get<std::string>(record, "id", position);
    page.title = json_get_or<std::string>(record, "title", "", position);
    page.text = json_get_or<std::string>(record, "text", "", position);
    require(!page.id.empty(), "{}: the page's id is empty", position);
    require(!page.title.empty() || !page.text.empty(), "{}: page '{}' has neither title nor text", position, page.id);
    const bool is_new = collection.by_id.emplace(page.id, static_cast<std::int32_t>(collection.pages.size())).second;
    require(is_new, "{}: the page '{}' is there already; ids must differ", position, page.id);
    collection.pages.push_back(std::move(page));
  });
  split_sentences(collection.pages, threads);
  return collection;
}

PageExamples read_page_examples(const std::filesystem::path& path, const PageCollection& pages) {
  PageExamples result;
  data::for_each_record(path, [&](const Json& record, const std::string& position) {
    PageExample example;
    example.query = json_get<std::string>(record, "query", position);
    example.weight = json_get_or<double>(record, "weight", 1.0, position);
    require(std::isfinite(example.weight) && example.weight >= 0, "{}: the weight is expected to be 0 or more", position);
    const auto found = pages.by_id.find(json_get<std::string>(record, "page", position));
    if (found == pages.by_id.end()) {
      ++result.unknown_pages;
      return;
    }
    example.page = found->second;
    const Page& page = pages.pages[static_cast<std::size_t>(example.page)];
    auto sentence = json_get_or<std::int64_t>(record, "sentence", -1, position);
    const auto offset = json_get_or<std::int64_t>(record, "offset", -1, position);
    if (sentence < 0 && offset >= 0) sentence = sentence_at(page, offset);
    const bool known = sentence >= 0 && sentence < static_cast<std::int64_t>(page.sentences.size());
    if (!known && (sentence >= 0 || offset >= 0)) ++result.unknown_sentences;
    example.sentence = known ? static_cast<std::int32_t>(sentence) : -1;
    if (example.weight > 0) result.examples.push_back(std::move(example));
  });
  require(!result.examples.empty(), "{}: no click on a page of the collection ({} on pages it does not have)", path.string(),
          result.unknown_pages);
  return result;
}

std::vector<JudgedQuery> read_judged_queries(const std::filesystem::path& queries, const std::filesystem::path& judgements) {
  std::unordered_map<std::string, metrics::Judgements> judged;
  LineReader lines(judgements);
  while (const auto line = lines.next()) {
    if (line->find_first_not_of(" \t\r") == std::string_view::npos) continue;
    std::istringstream fields{std::string(*line)};
    std::string query, iteration, page;
    int relevance = 0;
    const bool valid = static_cast<bool>(fields >> query >> iteration >> page >> relevance);
    require(valid, "{}: \"query 0 page relevance\" is expected", lines.position());
    judged[query][page] = relevance;
  }
  std::vector<JudgedQuery> result;
  data::for_each_record(queries, [&](const Json& record, const std::string& position) {
    JudgedQuery query{json_get<std::string>(record, "id", position),
                      json_get<std::string>(record, "query", position),
                      json_get_or<std::string>(record, "group", "all", position),
                      {}};
    const auto found = judged.find(query.id);
    if (found == judged.end()) return;
    query.judgements = found->second;
    const bool relevant = std::any_of(query.judgements.begin(), query.judgements.end(), [](const auto& entry) { return entry.second > 0; });
    if (relevant) result.push_back(std::move(query));
  });
  require(!result.empty(), "{}: no query has a relevant page in {}", queries.string(), judgements.string());
  return result;
}

}  // namespace fathom::pages
