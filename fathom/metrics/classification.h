// How well predicted classes agree with the true ones. Classes are numbers from 0.
#pragma once

#include <cstdint>
#include <span>

namespace fathom::metrics {

// The share that is right. Throws Error when the lists differ in length or are empty.
double accuracy(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth);

// F1 of one class: 2 · true positives / (2 · true positives + false positives + false negatives); 0 when there are none of these.
double f1(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth, std::int64_t positive = 1);

// The mean of the F1 of every class that is predicted or true (as scikit-learn's average="macro").
double macro_f1(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth);

}  // namespace fathom::metrics
