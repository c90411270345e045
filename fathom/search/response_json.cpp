#include "fathom/search/response_json.h"

namespace fathom::search {
namespace {

OrderedJson spans_json(const std::vector<text::Span>& spans) {
  OrderedJson list = OrderedJson::array();
  for (const text::Span& span : spans) list.push_back({span.begin, span.end});
  return list;
}

OrderedJson parts_json(const SearchResponse& response, const SearchHit& hit) {
  const Candidate& parts = hit.parts;
  return {{"coverage", hit.coverage},
          {"bm25", parts.bm25},
          {"text_share", parts.text_share},
          {"text_rank", parts.text_rank},
          {"text_logit", response.ranking.text.logit(parts.text_share)},
          {"cosine", parts.cosine},
          {"vector_rank", parts.vector_rank},
          {"vector_sentence", parts.sentence},
          {"vector_logit", response.ranking.vectors.logit(parts.cosine)},
          {"vector_weight", response.ranking.vector_weight}};
}

OrderedJson suggestions_json(const std::vector<Suggestion>& suggestions) {
  OrderedJson list = OrderedJson::array();
  for (const Suggestion& suggestion : suggestions)
    list.push_back({{"question", suggestion.question},
                    {"answer", suggestion.answer},
                    {"id", suggestion.page},
                    {"title", suggestion.title},
                    {"url", suggestion.url},
                    {"sentence", {{"ordinal", suggestion.sentence}, {"begin", suggestion.begin}, {"end", suggestion.end}}},
                    {"text", suggestion.text}});
  return list;
}

}  // namespace

OrderedJson metadata_json(const std::vector<std::pair<std::string, std::string>>& metadata) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [key, value] : metadata) {
    OrderedJson& entry = json[key];
    if (entry.is_null())
      entry = value;
    else if (entry.is_array())
      entry.push_back(value);
    else
      entry = OrderedJson::array({entry, value});
  }
  return json;
}

OrderedJson passages_json(const std::vector<Passage>& passages) {
  OrderedJson list = OrderedJson::array();
  for (const Passage& passage : passages)
    list.push_back(
        {{"number", list.size() + 1},
         {"id", passage.page},
         {"title", passage.title},
         {"url", passage.url},
         {"sentence", {{"ordinal", passage.sentence}, {"begin", passage.begin}, {"end", passage.end}}},
         {"text", passage.text},
         {"highlights", spans_json(passage.highlights)},
         {"probability", passage.probability},
         {"features", {{"page_logit", passage.page_logit}, {"share", passage.share}, {"near", passage.near}, {"cosine", passage.cosine}}}});
  return list;
}

OrderedJson to_json(const WrittenAnswer& written) {
  return {{"answered", written.answered}, {"answer", written.text}, {"cited", written.cited}};
}

OrderedJson to_json(const std::string& query, const SearchResponse& response, bool explain) {
  OrderedJson results = OrderedJson::array();
  for (const SearchHit& hit : response.hits) {
    OrderedJson result = {{"id", hit.id},
                          {"title", hit.title},
                          {"url", hit.url},
                          {"probability", hit.probability},
                          {"good", hit.good},
                          {"score", hit.score},
                          {"snippet", hit.snippet},
                          {"highlights", spans_json(hit.highlights)},
                          {"title_highlights", spans_json(hit.title_highlights)},
                          {"sentence", {{"ordinal", hit.sentence}, {"begin", hit.sentence_begin}, {"end", hit.sentence_end}}},
                          {"metadata", metadata_json(hit.metadata)},
                          {"duplicates", hit.duplicates}};
    if (explain) result["parts"] = parts_json(response, hit);
    results.push_back(std::move(result));
  }
  OrderedJson json = {{"query", query}, {"answered", response.answered}, {"generation", response.generation}, {"results", results}};
  if (!response.suggestions.empty()) json["people_also_ask"] = suggestions_json(response.suggestions);
  if (explain) {
    OrderedJson terms = OrderedJson::array();
    for (const index::TextQuery::Term& term : response.terms.terms)
      terms.push_back({{"word", term.word},
                       {"term", term.term},
                       {"pages", term.documents},
                       {"idf", term.idf},
                       {"weight", term.weight},
                       {"used", term.used}});
    json["terms"] = std::move(terms);
    json["query_has_vector"] = response.query_has_vector;
  }
  return json;
}

std::string marked(std::string_view text, const std::vector<text::Span>& spans, std::string_view begin, std::string_view end) {
  std::string out;
  std::size_t at = 0;
  for (const text::Span& span : spans) {
    out += text.substr(at, span.begin - at);
    out += begin;
    out += span.of(text);
    out += end;
    at = span.end;
  }
  return out += text.substr(at);
}

}  // namespace fathom::search
