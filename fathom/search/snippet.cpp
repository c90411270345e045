#include "fathom/search/snippet.h"

#include <algorithm>
#include <utility>

namespace fathom::search {
namespace {

// A vector's sentence counts as much as this share of the query's words, times its cosine: of sentences with as many of the words it is the
// one, and one with clearly more of them is preferred.
constexpr double vector_bonus = 0.4;
constexpr std::size_t most_sentences_read = 2000;  // of a very long page, its beginning

}  // namespace

void fill_hit(SearchHit& hit, index::PageReader& reader, const index::TextQuery& terms) {
  index::Page page = reader.page(hit.number);
  const std::vector<text::Span> sentences = reader.sentences(hit.number);
  double best = -1.0;
  const auto consider = [&](std::size_t i) {
    const std::string_view sentence = sentences[i].of(page.text);
    index::PageReader::Highlights found = reader.highlights(terms, sentence);
    double share = found.share;
    if (static_cast<std::int64_t>(i) == hit.parts.sentence) share += vector_bonus * std::max(0.0, hit.parts.cosine) + 1e-9;
    if (share <= best) return;
    best = share;
    hit.sentence = static_cast<std::int64_t>(i);
    hit.highlights = std::move(found.spans);
  };
  for (std::size_t i = 0; i < std::min(sentences.size(), most_sentences_read); ++i) consider(i);
  if (hit.parts.sentence >= static_cast<std::int64_t>(most_sentences_read) &&
      hit.parts.sentence < static_cast<std::int64_t>(sentences.size()))
    consider(static_cast<std::size_t>(hit.parts.sentence));
  if (hit.sentence >= 0) {
    const text::Span span = sentences[static_cast<std::size_t>(hit.sentence)];
    hit.sentence_begin = span.begin;
    hit.sentence_end = span.end;
    hit.snippet = span.of(page.text);
  }
  hit.coverage = reader.highlights(terms, page.title + "\n" + hit.snippet).share;
  hit.title_highlights = reader.highlights(terms, page.title).spans;
  for (std::string& id : reader.pages_with_hash(reader.hash(hit.number)))
    if (id != page.id) hit.duplicates.push_back(std::move(id));
  hit.id = std::move(page.id);
  hit.title = std::move(page.title);
  hit.url = std::move(page.url);
  hit.metadata = std::move(page.metadata);
}

}  // namespace fathom::search
