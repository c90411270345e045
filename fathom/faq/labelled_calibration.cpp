#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/faq/faq_evaluation.h"

namespace fathom::faq {

Calibration calibrate_to_labels(const QuestionSet& set, FaqSearcher& searcher) {
  QuestionMatcher& matcher = searcher.matcher();
  std::vector<std::pair<Match, bool>> samples;
  for (const CandidateList& list : set.lists) {
    const Question query = matcher.read(list.question);
    for (const JudgedCandidate& candidate : list.candidates)
      samples.emplace_back(matcher.match(query, matcher.read(candidate.text)), candidate.relevant);
  }
  const EntryJudge judge(searcher);
  for (const JudgedQuery& query : set.queries) {
    const FaqAnswer answer = searcher.search(query.question, {.top_k = 1});
    if (answer.results.empty()) continue;
    const FaqResult& best = answer.results.front();
    samples.emplace_back(best.match, judge.right_entries(query).contains(std::to_string(best.number)));
  }
  const auto fitted = rescale(matcher.calibration(), samples);
  require(fitted.has_value(),
          "the {} judged questions teach no probability: 8 or more are needed, right and wrong ones among them, with higher scores for the "
          "right ones",
          samples.size());
  return *fitted;
}

}  // namespace fathom::faq
