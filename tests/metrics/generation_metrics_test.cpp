#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/metrics/bleu.h"
#include "fathom/metrics/corpus_statistics.h"
#include "fathom/metrics/meteor.h"
#include "fathom/metrics/rouge.h"

namespace fathom::metrics {
namespace {

using References = std::vector<WordNumbers>;

TEST(BleuCounts, BestCountOfAnyReferenceAndClosestLength) {
  // "1 1 1 2": the references have 1 twice and once.
  const BleuCounts counts = bleu_counts({1, 1, 1, 2}, References{{1, 1, 3}, {1, 2, 4, 5, 6}});
  EXPECT_EQ(counts.matched, (std::array<std::int64_t, 4>{3, 2, 0, 0}));
  EXPECT_EQ(counts.all, (std::array<std::int64_t, 4>{4, 3, 2, 1}));
  EXPECT_EQ(counts.length, 4);
  EXPECT_EQ(counts.reference_length, 3);  // as far as 5, and shorter
  EXPECT_EQ(bleu_counts({1}, References{{1, 2, 3}, {1, 2}}).reference_length, 2);
  EXPECT_THROW(bleu_counts({1}, References{}), Error);
}

TEST(CocoBleu, ByHand) {
  // 1 2 3 9 for 1 2 3 4 5: three of four words, two of three pairs, one of two triples, none of one; brevity exp(1 - 5/4).
  const BleuCounts counts = bleu_counts({1, 2, 3, 9}, References{{1, 2, 3, 4, 5}});
  const auto scores = coco_bleu(counts);
  const double brevity = std::exp(1.0 - 5.0 / 4);
  EXPECT_NEAR(scores[0], 3.0 / 4 * brevity, 1e-8);
  EXPECT_NEAR(scores[1], std::sqrt(3.0 / 4 * 2 / 3) * brevity, 1e-8);
  EXPECT_NEAR(scores[2], std::cbrt(3.0 / 4 * 2 / 3 * 1 / 2) * brevity, 1e-8);
  // No four words match: the tiny constants, to the fourth root; no smoothing gives 0, sacrebleu counts half a match.
  EXPECT_NEAR(scores[3], std::pow(0.25 * 1e-15, 0.25) * brevity, 1e-8);
  EXPECT_GT(scores[3], 0.0);
  EXPECT_EQ(bleu(counts), 0.0);
  EXPECT_NEAR(sacre_bleu(counts), std::pow(3.0 / 4 * 2 / 3 * 1 / 2 * 0.5, 0.25) * brevity, 1e-12);
  // Sums of sentences, not means of scores.
  BleuCounts corpus = counts;
  corpus += bleu_counts({6, 7, 8, 9, 10}, References{{6, 7, 8, 9, 10}});
  EXPECT_NEAR(coco_bleu(corpus)[3], std::pow(8.0 / 9 * 6 / 7 * 4 / 5 * 2 / 3, 0.25) * std::exp(1.0 - 10.0 / 9), 1e-8);
}

TEST(CocoBleu, EmptyHypothesis) {
  const BleuCounts counts = bleu_counts({}, References{{1, 2}});
  for (const double score : coco_bleu(counts)) EXPECT_NEAR(score, 0.0, 1e-12);
  EXPECT_EQ(sacre_bleu(counts), 0.0);
  EXPECT_EQ(sacre_bleu(bleu_counts({1, 2}, References{{1, 2}})), 0.0);  // no n-grams of three words at all
  EXPECT_DOUBLE_EQ(sacre_bleu(bleu_counts({1, 2}, References{{1, 2}}), true), 1.0);
}

TEST(RougeL, ByHand) {
  // Longest common subsequence 1 3 5: precision 3/4, recall 3/5.
  const double p = 3.0 / 4, r = 3.0 / 5, b = 1.2 * 1.2;
  EXPECT_NEAR(rouge_l({1, 9, 3, 5}, References{{1, 2, 3, 4, 5}}), (1 + b) * p * r / (r + b * p), 1e-12);
  // The highest precision and the highest recall may come from two references.
  EXPECT_NEAR(rouge_l({1, 9, 3, 5}, References{{1, 2, 3, 4, 5}, {9}}), (1 + b) * p * 1.0 / (1.0 + b * p), 1e-12);
  EXPECT_EQ(rouge_l({1, 2}, References{{3}}), 0.0);
  EXPECT_EQ(rouge_l({}, References{{3}}), 0.0);
  EXPECT_DOUBLE_EQ(rouge_l({1, 2}, References{{1, 2}}), 1.0);
  EXPECT_THROW(rouge_l({1}, References{}), Error);
}

// A language in which words of one first letter share a stem, "car" is "auto", and "the" and "of" are function words.
MeteorKnowledge small_language() {
  const auto synonyms = [](std::string_view a, std::string_view b) { return (a == "car" && b == "auto") || (a == "auto" && b == "car"); };
  return {[](std::string_view word) { return std::string(word.substr(0, 1)); }, [](std::string_view, std::string_view) { return false; },
          synonyms, [](std::string_view word) { return word == "the" || word == "of"; }};
}

TEST(Meteor15, WeightsOfMatchersAndFunctionWords) {
  // "the auto xs" for "the car xy of": equal (function word), synonym, stem; one chunk of three matches.
  const std::vector<Words> reference{{"the", "car", "xy", "of"}};
  const MeteorCounts counts = meteor_1_5_counts({"the", "auto", "xs"}, reference, small_language());
  EXPECT_DOUBLE_EQ(counts.hypothesis_length, 0.25 + 0.75 + 0.75);
  EXPECT_DOUBLE_EQ(counts.reference_length, 0.25 + 0.75 + 0.75 + 0.25);
  EXPECT_DOUBLE_EQ(counts.hypothesis_matches, 0.25 + 0.8 * 0.75 + 0.6 * 0.75);
  EXPECT_DOUBLE_EQ(counts.chunks, 1.0);
  const double p = 1.3 / 1.75, r = 1.3 / 2.0;
  EXPECT_NEAR(meteor_1_5(counts), (1 - 0.6 * std::pow(1.0 / 3, 0.2)) / (0.15 / p + 0.85 / r), 1e-12);
}

TEST(Meteor15, FewestChunksThenNearestWords) {
  // Both "b" match; the second one makes one chunk.
  EXPECT_EQ(meteor_1_5_counts({"a", "b"}, std::vector<Words>{{"b", "c", "a", "b"}}, small_language()).chunks, 1.0);
  EXPECT_EQ(meteor_1_5_counts({"b", "a"}, std::vector<Words>{{"a", "b"}}, small_language()).chunks, 2.0);
}

TEST(Meteor15, EqualSentencesAndNothingInCommon) {
  EXPECT_DOUBLE_EQ(meteor_1_5(meteor_1_5_counts({"a", "b"}, std::vector<Words>{{"z"}, {"a", "b"}}, small_language())), 1.0);
  EXPECT_EQ(meteor_1_5(meteor_1_5_counts({"a"}, std::vector<Words>{{"z"}}, small_language())), 0.0);
  EXPECT_EQ(meteor_1_5(meteor_1_5_counts({}, std::vector<Words>{{"z"}}, small_language())), 0.0);
  EXPECT_THROW(meteor_1_5_counts({"a"}, std::vector<Words>{}, small_language()), Error);
  EXPECT_THROW(nltk_meteor({"a"}, std::vector<Words>{}, small_language()), Error);
}

TEST(CorpusStatistics, MeansAreResampledAsCompareMeansDoes) {
  const std::vector<double> a{0.1, 0.9, 0.4, 0.8, 0.3, 0.7}, b{0.2, 0.5, 0.1, 0.9, 0.3, 0.2};
  const PairedComparison of_means = compare_paired(a, b, 500, 3);
  const PairedComparison of_sums = compare_corpora(mean_statistics(a), mean_statistics(b), 500, 3);
  EXPECT_NEAR(of_sums.difference, of_means.difference, 1e-12);
  EXPECT_NEAR(of_sums.interval.low, of_means.interval.low, 1e-12);
  EXPECT_NEAR(of_sums.interval.high, of_means.interval.high, 1e-12);
  EXPECT_NEAR(of_sums.p_value, of_means.p_value, 1e-12);
  const Interval interval = bootstrap_interval(mean_statistics(a), 500, 3), expected = bootstrap_mean(a, 500, 3);
  EXPECT_NEAR(interval.low, expected.low, 1e-12);
  EXPECT_NEAR(interval.high, expected.high, 1e-12);
}

// A ratio of sums: the corpus's value is not the mean of its sentences'.
CorpusStatistics ratio(const std::vector<double>& rows) {
  return {2, rows, [](std::span<const double> sums) { return sums[0] / sums[1]; }};
}

TEST(CorpusStatistics, RatiosOfSums) {
  const CorpusStatistics a = ratio({1, 1, 1, 9}), b = ratio({1, 2, 0, 8});
  EXPECT_DOUBLE_EQ(corpus_score(a), 0.2);
  EXPECT_DOUBLE_EQ(corpus_score(b), 0.1);
  // Two sentences have three resamples with replacement: (1,1), (1,2), (2,2); the widest interval goes from 1/9 to 1.
  const Interval interval = bootstrap_interval(a, 2000, 1);
  EXPECT_NEAR(interval.low, 1.0 / 9, 1e-12);
  EXPECT_NEAR(interval.high, 1.0, 1e-12);
  const PairedComparison same = compare_corpora(a, a, 200, 1);
  EXPECT_EQ(same.difference, 0.0);
  EXPECT_EQ(same.interval.low, 0.0);
  EXPECT_EQ(same.interval.high, 0.0);
  EXPECT_EQ(same.p_value, 1.0);
  EXPECT_THROW(compare_corpora(a, ratio({1, 1}), 10, 1), Error);
  EXPECT_THROW(corpus_score(ratio({})), Error);
  EXPECT_THROW(bootstrap_interval(ratio({}), 10, 1), Error);
  EXPECT_THROW(bootstrap_interval(a, 0, 1), Error);
}

}  // namespace
}  // namespace fathom::metrics
