// Metrics of a corpus that are no mean of its sentences' values, such as BLEU: intervals and paired tests by resampling what adds up over
// sentences (Koehn 2004; Riezler and Maxwell 2005).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "fathom/metrics/paired_test.h"

namespace fathom::metrics {

// One row of numbers a sentence; the metric is a function of the sums of the rows.
struct CorpusStatistics {
  std::size_t width = 0;
  std::vector<double> rows;  // [sentences, width]
  std::function<double(std::span<const double> sums)> score;

  std::size_t sentences() const { return width == 0 ? 0 : rows.size() / width; }
};

// For a metric that is the mean of its sentences' values.
CorpusStatistics mean_statistics(const std::vector<double>& values);

// All below throw Error without sentences.
double corpus_score(const CorpusStatistics& statistics);

// Percentile bootstrap over sentences, 95%. Deterministic for a seed.
Interval bootstrap_interval(const CorpusStatistics& statistics, std::int64_t resamples = 1000, std::uint64_t seed = 0);

// As compare_paired() for the two systems' metric on the same sentences: each resample draws the same sentences for both, and the
// randomisation test exchanges whole rows. Throws Error when the counts of sentences differ.
PairedComparison compare_corpora(const CorpusStatistics& a, const CorpusStatistics& b, std::int64_t resamples = 1000,
                                 std::uint64_t seed = 0);

}  // namespace fathom::metrics
