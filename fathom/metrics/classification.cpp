#include "fathom/metrics/classification.h"

#include <cstddef>
#include <set>

#include "fathom/base/error.h"

namespace fathom::metrics {
namespace {

void check(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth) {
  require(predicted.size() == truth.size() && !truth.empty(), "predictions and classes of equal number are expected, got {} and {}",
          predicted.size(), truth.size());
}

}  // namespace

double accuracy(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth) {
  check(predicted, truth);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) right += predicted[i] == truth[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(truth.size());
}

double f1(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth, std::int64_t positive) {
  check(predicted, truth);
  std::int64_t hits = 0, claimed = 0, present = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    claimed += predicted[i] == positive ? 1 : 0;
    present += truth[i] == positive ? 1 : 0;
    hits += predicted[i] == positive && truth[i] == positive ? 1 : 0;
  }
  return claimed + present == 0 ? 0.0 : 2.0 * static_cast<double>(hits) / static_cast<double>(claimed + present);
}

double macro_f1(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth) {
  check(predicted, truth);
  std::set<std::int64_t> classes(predicted.begin(), predicted.end());
  classes.insert(truth.begin(), truth.end());
  double sum = 0.0;
  for (const std::int64_t value : classes) sum += f1(predicted, truth, value);
  return sum / static_cast<double>(classes.size());
}

}  // namespace fathom::metrics
