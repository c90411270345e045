#include "fathom/metrics/bleu.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "fathom/base/error.h"

namespace fathom::metrics {
namespace {

using Counts = std::map<std::vector<std::int64_t>, std::int64_t>;

Counts n_grams(const std::vector<std::int64_t>& words, std::size_t n) {
  Counts counts;
  for (std::size_t i = 0; i + n <= words.size(); ++i) {
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i);
    ++counts[std::vector<std::int64_t>(begin, begin + static_cast<std::ptrdiff_t>(n))];
  }
  return counts;
}

}  // namespace

double corpus_bleu(std::span<const std::vector<std::int64_t>> hypotheses, std::span<const std::vector<std::int64_t>> references) {
  require(hypotheses.size() == references.size() && !references.empty(), "BLEU needs a reference for each of {} sentences, got {}",
          hypotheses.size(), references.size());
  double logs = 0.0;
  std::int64_t length = 0, reference_length = 0;
  for (std::size_t i = 0; i < references.size(); ++i) {
    length += static_cast<std::int64_t>(hypotheses[i].size());
    reference_length += static_cast<std::int64_t>(references[i].size());
  }
  for (std::size_t n = 1; n <= 4; ++n) {
    std::int64_t matched = 0, all = 0;
    for (std::size_t i = 0; i < references.size(); ++i) {
      const Counts reference = n_grams(references[i], n);
      for (const auto& [gram, count] : n_grams(hypotheses[i], n)) {
        all += count;
        if (const auto found = reference.find(gram); found != reference.end()) matched += std::min(count, found->second);
      }
    }
    if (matched == 0) return 0.0;
    logs += std::log(static_cast<double>(matched) / static_cast<double>(all)) / 4.0;
  }
  const double brevity = length >= reference_length ? 0.0 : 1.0 - static_cast<double>(reference_length) / static_cast<double>(length);
  return std::exp(logs + brevity);
}

}  // namespace fathom::metrics
