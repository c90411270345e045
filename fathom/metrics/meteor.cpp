#include "fathom/metrics/meteor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/metrics/meteor_alignment.h"

namespace fathom::metrics {
namespace {

struct NumberedWord {
  std::size_t place;
  std::string word;
};

std::vector<NumberedWord> numbered(const Words& words) {
  std::vector<NumberedWord> list;
  for (std::size_t i = 0; i < words.size(); ++i) list.push_back({i, words[i]});
  return list;
}

// Takes from both lists the pairs that match, from the last words to the first.
template <typename Matches>
void take_matches(std::vector<NumberedWord>& hypothesis, std::vector<NumberedWord>& reference,
                  std::vector<std::pair<std::size_t, std::size_t>>& taken, const Matches& matches) {
  for (std::size_t i = hypothesis.size(); i-- > 0;) {
    for (std::size_t j = reference.size(); j-- > 0;) {
      if (!matches(hypothesis[i].word, reference[j].word)) continue;
      taken.emplace_back(hypothesis[i].place, reference[j].place);
      hypothesis.erase(hypothesis.begin() + static_cast<std::ptrdiff_t>(i));
      reference.erase(reference.begin() + static_cast<std::ptrdiff_t>(j));
      break;
    }
  }
}

double nltk_score(const Words& hypothesis, const Words& reference, const MeteorKnowledge& knowledge) {
  std::vector<NumberedWord> left = numbered(hypothesis), right = numbered(reference);
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  take_matches(left, right, pairs, std::equal_to<>());
  for (NumberedWord& word : left) word.word = knowledge.stem(word.word);
  for (NumberedWord& word : right) word.word = knowledge.stem(word.word);
  take_matches(left, right, pairs, std::equal_to<>());
  take_matches(left, right, pairs, knowledge.names_synonym);
  if (pairs.empty()) return 0.0;

  std::ranges::sort(pairs);
  double chunks = 1.0;
  for (std::size_t i = 1; i < pairs.size(); ++i) {
    const bool follows = pairs[i].first == pairs[i - 1].first + 1 && pairs[i].second == pairs[i - 1].second + 1;
    chunks += follows ? 0.0 : 1.0;
  }
  constexpr double alpha = 0.9, beta = 3.0, gamma = 0.5;
  const auto matched = static_cast<double>(pairs.size());
  const double precision = matched / static_cast<double>(hypothesis.size()), recall = matched / static_cast<double>(reference.size());
  const double mean = precision * recall / (alpha * precision + (1.0 - alpha) * recall);
  return (1.0 - gamma * std::pow(chunks / matched, beta)) * mean;
}

MeteorCounts counts_of(const Words& hypothesis, const Words& reference, const MeteorKnowledge& knowledge) {
  constexpr double delta = 0.75;
  const auto weight = [&](const std::string& word) { return knowledge.is_function_word(word) ? 1.0 - delta : delta; };
  MeteorCounts counts;
  for (const std::string& word : hypothesis) counts.hypothesis_length += weight(word);
  for (const std::string& word : reference) counts.reference_length += weight(word);
  const MeteorAlignment alignment = align_for_meteor(hypothesis, reference, knowledge);
  for (const MeteorMatch& match : alignment.matches) {
    counts.hypothesis_matches += match.weight * weight(hypothesis[match.hypothesis]);
    counts.reference_matches += match.weight * weight(reference[match.reference]);
  }
  counts.matches = static_cast<double>(alignment.matches.size());
  const bool whole = alignment.chunks == 1 && alignment.matches.size() == hypothesis.size() && alignment.matches.size() == reference.size();
  counts.chunks = whole ? 0.0 : static_cast<double>(alignment.chunks);
  return counts;
}

}  // namespace

double nltk_meteor(const Words& hypothesis, std::span<const Words> references, const MeteorKnowledge& knowledge) {
  require(!references.empty(), "METEOR needs at least one reference");
  double best = 0.0;
  for (const Words& reference : references) best = std::max(best, nltk_score(hypothesis, reference, knowledge));
  return best;
}

MeteorCounts& MeteorCounts::operator+=(const MeteorCounts& other) {
  hypothesis_matches += other.hypothesis_matches;
  reference_matches += other.reference_matches;
  hypothesis_length += other.hypothesis_length;
  reference_length += other.reference_length;
  matches += other.matches;
  chunks += other.chunks;
  return *this;
}

MeteorCounts meteor_1_5_counts(const Words& hypothesis, std::span<const Words> references, const MeteorKnowledge& knowledge) {
  require(!references.empty(), "METEOR needs at least one reference");
  MeteorCounts best = counts_of(hypothesis, references.front(), knowledge);
  for (const Words& reference : references.subspan(1)) {
    const MeteorCounts counts = counts_of(hypothesis, reference, knowledge);
    if (meteor_1_5(counts) > meteor_1_5(best)) best = counts;
  }
  return best;
}

double meteor_1_5(const MeteorCounts& counts) {
  constexpr double alpha = 0.85, beta = 0.2, gamma = 0.6;
  if (counts.matches == 0.0) return 0.0;
  const double precision = counts.hypothesis_matches / counts.hypothesis_length,
               recall = counts.reference_matches / counts.reference_length;
  const double mean = precision * recall / (alpha * precision + (1.0 - alpha) * recall);
  return (1.0 - gamma * std::pow(counts.chunks / counts.matches, beta)) * mean;
}

}  // namespace fathom::metrics
