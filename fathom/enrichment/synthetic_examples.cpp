#include "fathom/enrichment/synthetic_examples.h"

#include "fathom/base/error.h"

namespace fathom::enrichment {

pages::PageExamples synthetic_examples(const std::filesystem::path& pairs, const pages::PageCollection& collection) {
  pages::PageExamples result;
  for (const QuestionPair& pair : read_question_pairs(pairs)) {
    const auto found = collection.by_id.find(pair.page);
    if (found == collection.by_id.end()) {
      ++result.unknown_pages;
      continue;
    }
    const pages::Page& page = collection.pages[static_cast<std::size_t>(found->second)];
    const auto sentence = sentence_of(pair, page.text, page.sentences);
    if (!sentence) ++result.unknown_sentences;
    result.examples.push_back({pair.question, found->second, static_cast<std::int32_t>(sentence.value_or(-1)), 1.0});
  }
  require(!result.examples.empty(), "{}: no question is about a page of the collection ({} are about others)", pairs.string(),
          result.unknown_pages);
  return result;
}

}  // namespace fathom::enrichment
