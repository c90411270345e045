#include "fathom/server/result_json.h"

#include <algorithm>
#include <string>

namespace fathom::server {

OrderedJson marked_text(std::string_view text, const std::vector<text::Span>& marks) {
  OrderedJson pieces = OrderedJson::array();
  const auto add = [&](std::size_t begin, std::size_t end, bool match) {
    if (begin < end) pieces.push_back({{"text", std::string(text.substr(begin, end - begin))}, {"match", match}});
  };
  std::size_t done = 0;
  for (const text::Span& mark : marks) {
    if (mark.begin < done || mark.end > text.size()) continue;
    add(done, mark.begin, false);
    add(mark.begin, mark.end, true);
    done = mark.end;
  }
  add(done, text.size(), false);
  return pieces;
}

OrderedJson to_json(const search::SearchHit& hit, std::int64_t rank, bool explain) {
  OrderedJson metadata = OrderedJson::object();
  for (const auto& [key, value] : hit.metadata) {
    if (!metadata.contains(key)) metadata[key] = OrderedJson::array();
    metadata[key].push_back(value);
  }
  OrderedJson result = {{"rank", rank},
                        {"id", hit.id},
                        {"title", hit.title},
                        {"url", hit.url},
                        {"probability", hit.probability},
                        {"sentence", hit.sentence},
                        {"begin", hit.sentence_begin},
                        {"end", hit.sentence_end},
                        {"snippet", hit.snippet},
                        {"snippet_parts", marked_text(hit.snippet, hit.highlights)},
                        {"title_parts", marked_text(hit.title, hit.title_highlights)},
                        {"metadata", metadata},
                        {"duplicates", hit.duplicates}};
  if (explain)
    result["explain"] = {{"score", hit.score},
                         {"bm25", hit.parts.bm25},
                         {"bm25_share", hit.parts.text_share},
                         {"bm25_rank", hit.parts.text_rank},
                         {"cosine", hit.parts.cosine},
                         {"vector_rank", hit.parts.vector_rank}};
  return result;
}

OrderedJson to_json(const search::Passage& passage, std::int64_t number) {
  return {{"number", number},
          {"id", passage.page},
          {"title", passage.title},
          {"url", passage.url},
          {"sentence", passage.sentence},
          {"begin", passage.begin},
          {"end", passage.end},
          {"text", passage.text},
          {"text_parts", marked_text(passage.text, passage.highlights)},
          {"probability", passage.probability}};
}

}  // namespace fathom::server
