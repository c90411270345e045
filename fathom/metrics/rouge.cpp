#include "fathom/metrics/rouge.h"

#include <algorithm>
#include <vector>

#include "fathom/base/error.h"

namespace fathom::metrics {
namespace {

std::size_t longest_common_subsequence(const WordNumbers& a, const WordNumbers& b) {
  std::vector<std::size_t> row(b.size() + 1);  // of the words of `a` so far with each beginning of `b`
  for (const std::int64_t word : a) {
    std::size_t diagonal = 0;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = word == b[j - 1] ? diagonal + 1 : std::max(above, row[j - 1]);
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

double rouge_l(const WordNumbers& hypothesis, std::span<const WordNumbers> references, double beta) {
  require(!references.empty(), "ROUGE-L needs at least one reference");
  double precision = 0.0, recall = 0.0;
  for (const WordNumbers& reference : references) {
    const auto common = static_cast<double>(longest_common_subsequence(hypothesis, reference));
    if (common == 0.0) continue;
    precision = std::max(precision, common / static_cast<double>(hypothesis.size()));
    recall = std::max(recall, common / static_cast<double>(reference.size()));
  }
  if (precision == 0.0) return 0.0;
  return (1.0 + beta * beta) * precision * recall / (recall + beta * beta * precision);
}

}  // namespace fathom::metrics
