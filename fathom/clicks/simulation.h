// Simulated users with known truth: what they look at and click is a function of the ranking, of its relevance and of a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/rng.h"
#include "fathom/clicks/click_log.h"
#include "fathom/clicks/rankings.h"

namespace fathom::clicks {

enum class UserModel { pbm, cascade, dbn };
UserModel user_model(std::string_view name);  // "pbm", "cascade", "dbn"; throws UsageError listing them
std::string_view name_of(UserModel model);

struct SimulatedUser {
  UserModel model = UserModel::pbm;
  // A result of relevance v in [0, 1] attracts with probability least + (most − least) · v; a clicked one satisfies likewise (dbn).
  double least_attraction = 0.05, most_attraction = 0.6;
  double least_satisfaction = 0.2, most_satisfaction = 0.8;
  double position_exponent = 1;  // pbm: position r is examined with probability (1 / r)^exponent
  double continuation = 0.9;     // dbn: γ

  double attraction(double relevance) const { return least_attraction + (most_attraction - least_attraction) * relevance; }
  double satisfaction(double relevance) const { return least_satisfaction + (most_satisfaction - least_satisfaction) * relevance; }
};

// One user before results of these relevances, from position 1 down: which are clicked.
std::vector<bool> simulate_clicks(const SimulatedUser& user, const std::vector<double>& relevance, Rng& rng);
// The probability that each position is examined, exactly.
std::vector<double> true_examination(const SimulatedUser& user, const std::vector<double>& relevance);

// How a list is changed before it is shown. Without any change a page always stands at one position, and no log can tell examination from
// relevance. pairs: each pair of neighbours, (1, 2), (3, 4) … or (2, 3), (4, 5) … with equal chance, is swapped with probability 1/2
// (FairPairs, Radlinski & Joachims 2006). all: every order is equally likely.
enum class Shuffle { none, pairs, all };
Shuffle shuffle_named(std::string_view name);  // "none", "pairs", "all"; throws UsageError listing them

struct SimulationOptions {
  SimulatedUser user;
  Shuffle shuffle = Shuffle::pairs;
  std::int64_t searches = 10'000;
  std::int64_t shown = 10;  // at most so many results a search
  std::uint64_t seed = 0;
};

struct SimulationTruth {
  std::vector<double> examination;  // mean over the searches, by position
  std::int64_t clicks = 0;
};

// Queries are drawn with equal chance; search i is a function of the seed and i alone. Times are left unknown. Throws Error when there
// is no ranking, or a result without relevance.
SimulationTruth simulate_log(const std::vector<Ranking>& rankings, const SimulationOptions& options,
                             const std::function<void(const SearchRecord&)>& visit);

}  // namespace fathom::clicks
