#include <algorithm>

#include "fathom/base/rng.h"
#include "fathom/faq/faq.h"
#include "fathom/metrics/logistic.h"

namespace fathom::faq {
namespace {

constexpr double least_dropped = 0.2, most_dropped = 0.8, replaced_share = 0.2, most_added = 0.6, least_similarity = 0.45;

// The entry's question as somebody else might put it: content words left out, others replaced by a near one, and words added that another
// question has. At least one of its own stays. How much is changed differs from question to question: people do, too.
std::vector<std::uint32_t> rephrase(const Question& question, const Question& other, const QuestionMatcher& matcher, Rng& rng) {
  std::vector<std::uint32_t> words;
  const std::uint64_t kept = rng.below(question.content.size());
  const double dropped = least_dropped + (most_dropped - least_dropped) * rng.uniform(), added = most_added * rng.uniform();
  for (std::size_t i = 0; i < question.content.size(); ++i) {
    const std::uint32_t word = question.words[question.content[i]];
    const bool drop = rng.uniform() < dropped, replace = rng.uniform() < replaced_share, add = rng.uniform() < added;
    if (add && !other.content.empty()) words.push_back(other.words[other.content[rng.below(other.content.size())]]);
    if (drop && i != kept) continue;
    const auto near = replace ? matcher.nearest_word(word, least_similarity) : std::nullopt;
    words.push_back(near.value_or(word));
  }
  return words;
}

}  // namespace

std::optional<Calibration> fit_calibration(const std::vector<std::pair<double, bool>>& scores) {
  const auto fitted = metrics::fit_logistic(scores);
  return fitted ? std::optional(Calibration{fitted->slope, fitted->offset}) : std::nullopt;
}

std::optional<Calibration> calibrate(FaqSearcher& searcher, std::uint64_t seed, std::int64_t questions) {
  const std::int64_t size = searcher.size();
  QuestionMatcher& matcher = searcher.matcher();
  const SearchOptions options{.top_k = 10};
  std::vector<std::pair<double, bool>> scores;
  const std::int64_t used = std::min(size, questions);
  for (std::int64_t i = 0; i < used; ++i) {
    const std::int64_t number = i * size / used + 1;
    const Question own = searcher.question(number);
    if (own.content.empty()) continue;
    Rng rng(seed, static_cast<std::uint64_t>(number));
    const Question another = searcher.question(static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(size))) + 1);
    const Question query = matcher.from_words(rephrase(own, another, matcher, rng));
    scores.emplace_back(matcher.score(matcher.match(query, own)), true);
    for (const auto& candidate : searcher.rank(query, matcher.content_words(query), options)) {
      const Question other = searcher.question(candidate.number);
      if (candidate.number == number || other.words == own.words) continue;
      scores.emplace_back(candidate.raw, false);
      break;
    }
  }
  const bool both = std::any_of(scores.begin(), scores.end(), [](const auto& s) { return !s.second; });
  return both ? fit_calibration(scores) : std::nullopt;
}

}  // namespace fathom::faq
