#include "fathom/enrichment/enrich_index.h"

#include <map>
#include <string>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/index/page_reader.h"
#include "fathom/search/index_build.h"

namespace fathom::enrichment {
namespace {

// A pair with the ordinal of its sentence, by pages in the order of their ids.
struct Placed {
  const QuestionPair* pair;
  std::int64_t sentence;
};
using PlacedPairs = std::map<std::string, std::vector<Placed>>;

PlacedPairs place(const std::filesystem::path& directory, const std::vector<QuestionPair>& pairs, EnrichmentReport& report) {
  std::map<std::string, std::vector<const QuestionPair*>> by_page;
  for (const QuestionPair& pair : pairs) by_page[pair.page].push_back(&pair);
  index::PageReader reader(directory);
  PlacedPairs placed;
  for (const auto& [id, of_page] : by_page) {
    const auto number = reader.find(id);
    if (!number) {
      report.unknown_pages += static_cast<std::int64_t>(of_page.size());
      continue;
    }
    const std::string text = reader.page(*number).text;
    const std::vector<text::Span> sentences = reader.sentences(*number);
    for (const QuestionPair* pair : of_page) {
      if (const auto sentence = sentence_of(*pair, text, sentences))
        placed[id].push_back({pair, *sentence});
      else
        ++report.unknown_sentences;
    }
  }
  require(!placed.empty(),
          "{}: none of the {} questions is about a page of the index ({} of other pages, {} of sentences that are not there)",
          directory.string(), pairs.size(), report.unknown_pages, report.unknown_sentences);
  return placed;
}

void count(EnrichmentReport& report, std::size_t questions) {
  report.questions += static_cast<std::int64_t>(questions);
  ++report.pages;
}

}  // namespace

EnrichmentReport enrich_index(const std::filesystem::path& index, const std::vector<QuestionPair>& pairs, double weight) {
  if (!(weight >= 0.0 && weight <= 100.0)) fail_usage("the weight of a question's words is {}; 0 to 100 is possible", weight);
  EnrichmentReport report;
  const search::OpenIndex open = search::open_for_writing(index);
  for (const auto& [id, placed] : place(index, pairs, report)) {
    std::vector<index::PageQuestion> questions;
    for (const Placed& entry : placed) questions.push_back({entry.sentence, entry.pair->question});
    open.writer->set_questions(id, questions);
    count(report, questions.size());
  }
  open.writer->set_question_weight(weight);
  open.writer->commit();
  return report;
}

EnrichmentReport suggest_questions(const std::filesystem::path& index, const std::vector<QuestionPair>& pairs, std::int64_t per_page) {
  if (per_page < 1) fail_usage("{} questions a page are asked for; at least 1 is possible", per_page);
  EnrichmentReport report;
  const search::OpenIndex open = search::open_for_writing(index);
  for (const auto& [id, placed] : place(index, pairs, report)) {
    std::vector<index::PageSuggestion> suggestions;
    for (const Placed& entry : placed) {
      if (static_cast<std::int64_t>(suggestions.size()) == per_page) break;
      suggestions.push_back({entry.sentence, entry.pair->question, entry.pair->answer});
    }
    open.writer->set_suggestions(id, suggestions);
    count(report, suggestions.size());
  }
  open.writer->commit();
  return report;
}

std::int64_t clear_enrichment(const std::filesystem::path& index) {
  const search::OpenIndex open = search::open_for_writing(index);
  const std::int64_t pages = open.writer->clear_questions();
  if (pages > 0) open.writer->commit();
  return pages;
}

std::int64_t clear_suggestions(const std::filesystem::path& index) {
  const search::OpenIndex open = search::open_for_writing(index);
  const std::int64_t pages = open.writer->clear_suggestions();
  if (pages > 0) open.writer->commit();
  return pages;
}

}  // namespace fathom::enrichment
