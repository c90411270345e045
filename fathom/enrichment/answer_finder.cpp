#include "fathom/enrichment/answer_finder.h"

#include <algorithm>
#include <memory>

#include "fathom/questions/candidates.h"
#include "fathom/questions/passages.h"

namespace fathom::enrichment {

AnswerFinder selected_answers(const std::filesystem::path& model) {
  const auto features = std::make_shared<questions::FeatureExtractor>(questions::FeatureExtractor::load(model));
  const auto selector = std::make_shared<questions::AnswerSelector>(questions::AnswerSelector::load(model));
  return [features, selector](std::string_view text, std::size_t most) {
    std::vector<questions::AnswerCandidate> candidates;
    for (const text::Span& passage : questions::passages_of(text)) {
      for (questions::AnswerCandidate candidate : selector->best(*features, passage.of(text), most)) {
        candidate.begin += passage.begin;
        candidate.end += passage.begin;
        candidates.push_back(candidate);
      }
    }
    std::vector<text::Span> answers;
    for (const questions::AnswerCandidate& candidate : questions::without_overlaps(std::move(candidates), most, 0))
      answers.push_back({candidate.begin, candidate.end});
    return answers;
  };
}

}  // namespace fathom::enrichment
