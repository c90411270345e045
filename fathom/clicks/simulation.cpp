#include "fathom/clicks/simulation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "fathom/base/error.h"

namespace fathom::clicks {
namespace {

std::vector<std::size_t> shuffled(std::size_t size, Shuffle shuffle, Rng& rng) {
  std::vector<std::size_t> order(size);
  if (shuffle == Shuffle::all) {
    const std::vector<std::int64_t> permutation = rng.permutation(static_cast<std::int64_t>(size));
    std::copy(permutation.begin(), permutation.end(), order.begin());
    return order;
  }
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (shuffle == Shuffle::pairs)
    for (std::size_t i = rng.below(2); i + 1 < size; i += 2)
      if (rng.below(2) == 1) std::swap(order[i], order[i + 1]);
  return order;
}

double examined_at(const SimulatedUser& user, std::size_t place) {
  return std::pow(1.0 / (static_cast<double>(place) + 1), user.position_exponent);
}

}  // namespace

UserModel user_model(std::string_view name) {
  if (name == "pbm") return UserModel::pbm;
  if (name == "cascade") return UserModel::cascade;
  if (name == "dbn") return UserModel::dbn;
  fail_usage("there is no simulated user '{}'; known are pbm, cascade and dbn", name);
}

std::string_view name_of(UserModel model) { return model == UserModel::pbm ? "pbm" : model == UserModel::cascade ? "cascade" : "dbn"; }

Shuffle shuffle_named(std::string_view name) {
  if (name == "none") return Shuffle::none;
  if (name == "pairs") return Shuffle::pairs;
  if (name == "all") return Shuffle::all;
  fail_usage("lists cannot be shuffled by '{}'; known are none, pairs and all", name);
}

std::vector<bool> simulate_clicks(const SimulatedUser& user, const std::vector<double>& relevance, Rng& rng) {
  std::vector<bool> clicked(relevance.size(), false);
  for (std::size_t i = 0; i < relevance.size(); ++i) {
    const bool attracted = rng.uniform() < user.attraction(relevance[i]);
    if (user.model == UserModel::pbm) {
      clicked[i] = attracted && rng.uniform() < examined_at(user, i);
      continue;
    }
    clicked[i] = attracted;
    if (user.model == UserModel::cascade && attracted) break;
    if (user.model == UserModel::dbn) {
      if (attracted && rng.uniform() < user.satisfaction(relevance[i])) break;
      if (rng.uniform() >= user.continuation) break;
    }
  }
  return clicked;
}

std::vector<double> true_examination(const SimulatedUser& user, const std::vector<double>& relevance) {
  std::vector<double> examined(relevance.size());
  double looking = 1;
  for (std::size_t i = 0; i < relevance.size(); ++i) {
    examined[i] = user.model == UserModel::pbm ? examined_at(user, i) : looking;
    const double stops = user.attraction(relevance[i]) * (user.model == UserModel::dbn ? user.satisfaction(relevance[i]) : 1);
    looking *= (user.model == UserModel::dbn ? user.continuation : 1) * (1 - stops);
  }
  return examined;
}

SimulationTruth simulate_log(const std::vector<Ranking>& rankings, const SimulationOptions& options,
                             const std::function<void(const SearchRecord&)>& visit) {
  require(!rankings.empty(), "there are no rankings to simulate searches on");
  for (const Ranking& ranking : rankings)
    for (const RankedPage& result : ranking.results)
      require(result.relevance >= 0, "the ranking of '{}': page '{}' has no relevance; simulated users need one from 0 to 1", ranking.query,
              result.page);
  SimulationTruth truth;
  std::vector<double> lists;  // that reach each position
  for (std::int64_t search = 0; search < options.searches; ++search) {
    Rng rng(options.seed, static_cast<std::uint64_t>(search));
    const Ranking& ranking = rankings[rng.below(rankings.size())];
    const std::size_t size = std::min(ranking.results.size(), static_cast<std::size_t>(options.shown));
    SearchRecord record;
    record.query = ranking.query;
    record.topic = ranking.topic;
    std::vector<double> relevance;
    for (const std::size_t place : shuffled(size, options.shuffle, rng)) {
      const RankedPage& result = ranking.results[place];
      record.shown.push_back({.page = result.page, .sentence = result.sentence});
      relevance.push_back(result.relevance);
    }
    const std::vector<bool> clicked = simulate_clicks(options.user, relevance, rng);
    const std::vector<double> examined = true_examination(options.user, relevance);
    if (truth.examination.size() < size) {
      truth.examination.resize(size, 0.0);
      lists.resize(size, 0.0);
    }
    for (std::size_t i = 0; i < size; ++i) {
      record.shown[i].clicked = clicked[i];
      if (clicked[i]) ++truth.clicks;
      truth.examination[i] += examined[i];
      lists[i] += 1;
    }
    visit(record);
  }
  for (std::size_t i = 0; i < lists.size(); ++i) truth.examination[i] /= lists[i];
  return truth;
}

}  // namespace fathom::clicks
