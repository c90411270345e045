// A probability for each (query, page) pair, estimated from (expected) successes and trials. Private to the room.
#pragma once

#include <cstdint>
#include <vector>

namespace fathom::clicks {

// Smoothed by a Beta prior around the mean of all pairs: (successes + m · mean) / (trials + m), m the prior's strength in trials.
// A pair that was never tried has the mean.
class PairRates {
 public:
  void reset(std::size_t pairs, double rate, double prior_strength) {
    strength_ = prior_strength;
    rates_.assign(pairs, rate);
    mean_ = rate;
    clear();
  }
  void clear() {
    successes_.assign(rates_.size(), 0.0);
    trials_.assign(rates_.size(), 0.0);
  }
  void add(std::uint32_t pair, double successes, double trials) {
    successes_[pair] += successes;
    trials_[pair] += trials;
  }
  // New rates from what was added since clear(); the mean gets one success and one failure more, so that it is never 0 or 1.
  void update() {
    double successes = 1, trials = 2;
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      successes += successes_[i];
      trials += trials_[i];
    }
    mean_ = successes / trials;
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      const double n = trials_[i] + strength_;
      rates_[i] = n > 0 && i != 0 ? (successes_[i] + strength_ * mean_) / n : mean_;
    }
    clear();
  }
  double operator[](std::uint32_t pair) const { return rates_[pair]; }
  double mean() const { return mean_; }

 private:
  double strength_ = 1, mean_ = 0.5;
  std::vector<double> rates_, successes_, trials_;
};

}  // namespace fathom::clicks
