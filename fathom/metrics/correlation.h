// How well two lists of numbers agree.
#pragma once

#include <span>
#include <vector>

namespace fathom::metrics {

// Pearson's r. 0 when one list does not vary. Throws Error when the lists differ in length or have fewer than two values.
double pearson(std::span<const double> a, std::span<const double> b);

// Spearman's rank correlation: Pearson's r of the ranks, equal values sharing the mean of their ranks (as scipy.stats.spearmanr).
double spearman(std::span<const double> a, std::span<const double> b);

// Ranks from 1; equal values get the mean of the ranks they take.
std::vector<double> average_ranks(std::span<const double> values);

}  // namespace fathom::metrics
