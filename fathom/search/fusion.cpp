#include "fathom/search/fusion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "fathom/base/error.h"

namespace fathom::search {
namespace {

constexpr double reciprocal_rank_offset = 60.0;
constexpr std::array<std::pair<Mode, std::string_view>, 5> names = {{{Mode::hybrid, "hybrid"},
                                                                     {Mode::bm25, "bm25"},
                                                                     {Mode::vectors, "vectors"},
                                                                     {Mode::reciprocal_rank, "rrf"},
                                                                     {Mode::min_max, "min-max"}}};

// Scales the scores of the candidates that a half found.
struct Range {
  double least = std::numeric_limits<double>::infinity(), most = -std::numeric_limits<double>::infinity();
  void add(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  double scaled(double value) const { return most > least ? std::clamp((value - least) / (most - least), 0.0, 1.0) : 1.0; }
};

OrderedJson to_json(const metrics::Logistic& logistic) { return {{"slope", logistic.slope}, {"offset", logistic.offset}}; }

metrics::Logistic logistic_of(const Json& object, const char* key, const std::string& origin) {
  const Json entry = json_get<Json>(object, key, origin);
  return {json_get<double>(entry, "slope", origin), json_get<double>(entry, "offset", origin)};
}

}  // namespace

std::string_view name_of(Mode mode) {
  return std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == mode; })->second;
}

Mode mode_of(const std::string& name) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.second == name; });
  if (found == names.end()) fail_usage("'{}' is no way to rank; hybrid, bm25, vectors, rrf or min-max are", name);
  return found->first;
}

double Ranking::probability(double log_odds, double coverage) const {
  return 1.0 / (1.0 + std::exp(-(evidence.offset + evidence.learnt * log_odds + evidence.coverage * coverage)));
}

OrderedJson Ranking::to_json() const {
  return {{"text", search::to_json(text)},
          {"vectors", search::to_json(vectors)},
          {"vector_weight", vector_weight},
          {"fused", search::to_json(fused)},
          {"evidence", {{"offset", evidence.offset}, {"learnt", evidence.learnt}, {"coverage", evidence.coverage}}},
          {"learnt_from", learnt_from}};
}

Ranking Ranking::from_json(const std::string& text, const std::string& origin) {
  const Json object = parse_json(text, origin);
  Ranking ranking;
  ranking.text = logistic_of(object, "text", origin);
  ranking.vectors = logistic_of(object, "vectors", origin);
  ranking.fused = logistic_of(object, "fused", origin);
  ranking.vector_weight = json_get<double>(object, "vector_weight", origin);
  ranking.learnt_from = json_get<std::string>(object, "learnt_from", origin);
  if (object.contains("evidence")) {
    const Json entry = json_get<Json>(object, "evidence", origin);
    ranking.evidence = {json_get<double>(entry, "offset", origin), json_get<double>(entry, "learnt", origin),
                        json_get<double>(entry, "coverage", origin)};
  }
  require(ranking.vector_weight >= 0.0 && ranking.vector_weight <= 1.0, "{}: vector_weight is {}, expected 0 to 1", origin,
          ranking.vector_weight);
  return ranking;
}

std::vector<Ranked> order(const std::vector<Candidate>& candidates, Mode mode, const Ranking& ranking) {
  Range text, vectors;
  for (const Candidate& candidate : candidates) {
    if (candidate.text_rank > 0) text.add(candidate.bm25);
    if (candidate.vector_rank > 0) vectors.add(candidate.cosine);
  }
  const auto reciprocal = [](std::int64_t rank) { return rank > 0 ? 1.0 / (reciprocal_rank_offset + static_cast<double>(rank)) : 0.0; };
  std::vector<Ranked> ranked;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = candidates[i];
    const double logit = ranking.logit(candidate);
    Ranked entry{i, logit, ranking.fused.logit(logit)};
    if (mode == Mode::bm25) {
      if (candidate.text_rank == 0) continue;
      entry.score = candidate.bm25;
      entry.log_odds = ranking.text.logit(candidate.text_share);
    } else if (mode == Mode::vectors) {
      if (candidate.vector_rank == 0) continue;
      entry.score = candidate.cosine;
      entry.log_odds = ranking.vectors.logit(candidate.cosine);
    } else if (mode == Mode::reciprocal_rank) {
      entry.score = reciprocal(candidate.text_rank) + reciprocal(candidate.vector_rank);
    } else if (mode == Mode::min_max) {
      entry.score = 0.5 * (candidate.text_rank > 0 ? text.scaled(candidate.bm25) : 0.0) +
                    0.5 * (candidate.vector_rank > 0 ? vectors.scaled(candidate.cosine) : 0.0);
    }
    ranked.push_back(entry);
  }
  std::sort(ranked.begin(), ranked.end(), [&](const Ranked& a, const Ranked& b) {
    return a.score != b.score ? a.score > b.score : candidates[a.candidate].number < candidates[b.candidate].number;
  });
  return ranked;
}

}  // namespace fathom::search
