#include "fathom/metrics/meteor_alignment.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

namespace fathom::metrics {
namespace {

constexpr std::size_t beam_width = 40;

// For each word of the hypothesis the words of the reference that it could be aligned with.
std::vector<std::vector<MeteorMatch>> possible_matches(const Words& hypothesis, const Words& reference, const MeteorKnowledge& knowledge) {
  constexpr double exact = 1.0, synonym = 0.8, same_stem = 0.6;
  std::vector<std::string> stems;
  for (const std::string& word : reference) stems.push_back(knowledge.stem(word));
  std::vector<std::vector<MeteorMatch>> possible(hypothesis.size());
  for (std::size_t i = 0; i < hypothesis.size(); ++i) {
    const std::string stem = knowledge.stem(hypothesis[i]);
    for (std::size_t j = 0; j < reference.size(); ++j) {
      double weight = 0.0;
      if (hypothesis[i] == reference[j]) {
        weight = exact;
      } else if (knowledge.shares_meaning(hypothesis[i], reference[j])) {
        weight = synonym;
      } else if (stem == stems[j]) {
        weight = same_stem;
      }
      if (weight > 0.0) possible[i].push_back({i, j, weight});
    }
  }
  return possible;
}

// An alignment of the hypothesis's first words.
struct Partial {
  std::vector<MeteorMatch> matches;
  std::vector<bool> taken;  // words of the reference
  std::size_t chunks = 0, distance = 0;

  bool continues(const MeteorMatch& match) const {
    return !matches.empty() && match.hypothesis == matches.back().hypothesis + 1 && match.reference == matches.back().reference + 1;
  }
  Partial with(const MeteorMatch& match) const {
    Partial longer = *this;
    longer.chunks += continues(match) ? 0 : 1;
    longer.distance += std::max(match.hypothesis, match.reference) - std::min(match.hypothesis, match.reference);
    longer.taken[match.reference] = true;
    longer.matches.push_back(match);
    return longer;
  }
  bool better_than(const Partial& other) const {
    return std::tuple(other.matches.size(), chunks, distance) < std::tuple(matches.size(), other.chunks, other.distance);
  }
};

}  // namespace

MeteorAlignment align_for_meteor(const Words& hypothesis, const Words& reference, const MeteorKnowledge& knowledge) {
  std::vector<Partial> beam(1);
  beam.front().taken.resize(reference.size());
  for (const std::vector<MeteorMatch>& candidates : possible_matches(hypothesis, reference, knowledge)) {
    if (candidates.empty()) continue;
    std::vector<Partial> longer = beam;  // the word stays alone
    for (const Partial& partial : beam) {
      for (const MeteorMatch& match : candidates) {
        if (!partial.taken[match.reference]) longer.push_back(partial.with(match));
      }
    }
    std::ranges::stable_sort(longer, [](const Partial& a, const Partial& b) { return a.better_than(b); });
    if (longer.size() > beam_width) longer.resize(beam_width);
    beam = std::move(longer);
  }
  return {beam.front().matches, beam.front().chunks};
}

}  // namespace fathom::metrics
