#include "fathom/metrics/corpus_statistics.h"

#include <algorithm>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/metrics/randomisation.h"

namespace fathom::metrics {
namespace {

void add_row(const CorpusStatistics& statistics, std::size_t sentence, std::vector<double>& sums) {
  const double* row = statistics.rows.data() + sentence * statistics.width;
  for (std::size_t k = 0; k < statistics.width; ++k) sums[k] += row[k];
}

// The values of `score(sampled)` over resamples, each a list of as many sentences as there are.
template <typename Score>
Interval resample(std::size_t sentences, std::int64_t resamples, std::uint64_t seed, const Score& score) {
  require(sentences > 0, "a bootstrap interval needs at least one sentence");
  require(resamples >= 1, "a bootstrap interval needs at least one resample, got {}", resamples);
  Rng rng(seed);
  std::vector<std::size_t> sampled(sentences);
  std::vector<double> values(static_cast<std::size_t>(resamples));
  for (double& value : values) {
    for (std::size_t& sentence : sampled) sentence = rng.below(sentences);
    value = score(sampled);
  }
  return percentile_interval(std::move(values));
}

double score_of(const CorpusStatistics& statistics, const std::vector<std::size_t>& sampled) {
  std::vector<double> sums(statistics.width);
  for (const std::size_t sentence : sampled) add_row(statistics, sentence, sums);
  return statistics.score(sums);
}

}  // namespace

CorpusStatistics mean_statistics(const std::vector<double>& values) {
  CorpusStatistics statistics{2, {}, [](std::span<const double> sums) { return sums[0] / sums[1]; }};
  for (const double value : values) statistics.rows.insert(statistics.rows.end(), {value, 1.0});
  return statistics;
}

double corpus_score(const CorpusStatistics& statistics) {
  require(statistics.sentences() > 0, "a metric needs at least one sentence");
  std::vector<double> sums(statistics.width);
  for (std::size_t i = 0; i < statistics.sentences(); ++i) add_row(statistics, i, sums);
  return statistics.score(sums);
}

Interval bootstrap_interval(const CorpusStatistics& statistics, std::int64_t resamples, std::uint64_t seed) {
  return resample(statistics.sentences(), resamples, seed, [&](const auto& sampled) { return score_of(statistics, sampled); });
}

PairedComparison compare_corpora(const CorpusStatistics& a, const CorpusStatistics& b, std::int64_t resamples, std::uint64_t seed) {
  require(a.sentences() == b.sentences(), "a paired test needs the same sentences from both systems; got {} and {}", a.sentences(),
          b.sentences());
  PairedComparison result;
  result.difference = corpus_score(a) - corpus_score(b);
  result.interval =
      resample(a.sentences(), resamples, seed, [&](const auto& sampled) { return score_of(a, sampled) - score_of(b, sampled); });
  result.p_value = randomisation_p_value(a.sentences(), result.difference, resamples, seed, [&](const std::vector<std::uint64_t>& swapped) {
    std::vector<double> first(a.width), second(b.width);
    for (std::size_t i = 0; i < a.sentences(); ++i) {
      const bool swap = is_swapped(swapped, i);
      add_row(a, i, swap ? second : first);
      add_row(b, i, swap ? first : second);
    }
    return a.score(first) - b.score(second);
  });
  return result;
}

}  // namespace fathom::metrics
