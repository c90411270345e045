// From what two questions have in common to the probability that they ask the same.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fathom/base/json.h"

namespace fathom::faq {

// Shares of idf from 0 to 1 (question_matcher.h), and evidence in nats.
struct Match {
  double mismatch_query = 0.0, mismatch_candidate = 0.0, alignment_query = 0.0, alignment_candidate = 0.0;
  double shared = 0.0;  // Σ idf of the query's words that the candidate has: of two equal shares the one of more or rarer words says more
};

// P = 1 / (1 + exp(−(weights · match + offset))). It never falls when there is less mismatch, more alignment or more shared words, and
// depends on the two questions and the matcher alone.
struct Calibration {
  static constexpr std::size_t features = 5;
  // Of mismatch (query, candidate), alignment (query, candidate), shared. Until it is fitted: of the matcher's own score.
  std::array<double, features> weights = {-2.0, -2.0, 1.2, 1.2, 0.0};
  double offset = 2.0;

  double log_odds(const Match& match) const;
  double probability(const Match& match) const;
  OrderedJson to_json() const;
  // Throws Error naming the key: missing, not finite, or a weight with the wrong sign.
  static Calibration from_json(const Json& json, const std::string& origin);
};

// Logistic regression by Newton's method with a little shrinkage of the standardised weights; a weight that would come out with the wrong
// sign is left at 0. nullopt when there is too little to learn from: few samples, of one kind only, or nothing that tells them apart.
std::optional<Calibration> fit_calibration(const std::vector<std::pair<Match, bool>>& samples);

// Platt's scaling: the same order of matches, with probabilities that fit the samples. nullopt as fit_calibration().
std::optional<Calibration> rescale(const Calibration& calibration, const std::vector<std::pair<Match, bool>>& samples);

}  // namespace fathom::faq
