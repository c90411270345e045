// Models in which people go down the list one result after the other share how looking goes on. Private to the room.
#pragma once

#include <vector>

#include "fathom/clicks/click_data.h"

namespace fathom::clicks {

// P(examined at r + 1) = P(examined at r) · γ · (1 − a s), with P(examined at 1) = 1: before anything is known of the clicks.
template <typename Attraction, typename Satisfaction>
std::vector<double> chain_examination(Impressions shown, double continuation, const Attraction& attraction,
                                      const Satisfaction& satisfaction) {
  std::vector<double> examined(shown.size());
  double looking = 1;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    examined[i] = looking;
    looking *= continuation * (1 - attraction(shown[i].pair) * satisfaction(shown[i].pair));
  }
  return examined;
}

// P(click at r | clicks above r): a click shows that its result was examined, and makes satisfaction possible; none makes examination less
// likely, by Bayes' rule.
template <typename Attraction, typename Satisfaction>
std::vector<double> chain_conditional_clicks(Impressions shown, double continuation, const Attraction& attraction,
                                             const Satisfaction& satisfaction) {
  std::vector<double> clicks(shown.size());
  double looking = 1;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const double a = attraction(shown[i].pair);
    clicks[i] = looking * a;
    looking = continuation * (shown[i].clicked ? 1 - satisfaction(shown[i].pair) : looking * (1 - a) / (1 - looking * a));
  }
  return clicks;
}

}  // namespace fathom::clicks
