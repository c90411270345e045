#include "fathom/engine/sampling.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "fathom/base/error.h"

namespace fathom::engine {
namespace {

SamplingParams params(double temperature, std::int64_t top_k = 0, double top_p = 1.0) {
  SamplingParams result;
  result.temperature = temperature;
  result.top_k = top_k;
  result.top_p = top_p;
  return result;
}

std::vector<float> random_logits(std::size_t size, std::uint64_t seed, double spread = 2.0) {
  Rng rng(seed);
  std::vector<float> logits(size);
  for (float& logit : logits) logit = static_cast<float>(spread * rng.normal());
  return logits;
}

// The distribution in double precision by the book: softmax(logits / T), the k best, the smallest nucleus, renormalised.
std::vector<double> exact(const std::vector<float>& logits, const SamplingParams& p, std::vector<double>* full = nullptr) {
  std::vector<double> weight(logits.size());
  const double max = *std::max_element(logits.begin(), logits.end());
  for (std::size_t i = 0; i < logits.size(); ++i) weight[i] = std::exp((logits[i] - max) / p.temperature);
  const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
  for (double& w : weight) w /= total;
  if (full != nullptr) *full = weight;
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return logits[a] > logits[b]; });
  if (p.top_k > 0) order.resize(std::min(order.size(), static_cast<std::size_t>(p.top_k)));
  double kept = 0;
  for (const auto i : order) kept += weight[i];
  double sum = 0;
  std::size_t count = 0;
  while (count < order.size() && (count == 0 || sum < p.top_p * kept)) sum += weight[order[count++]];
  order.resize(count);
  std::vector<double> result(logits.size(), 0.0);
  for (const auto i : order) result[i] = weight[i] / sum;
  return result;
}

// Pearson's statistic of `draws` samples against the exact distribution, cells with few expected counts joined; as a
// number of standard deviations above its mean.
double deviation(const std::vector<float>& logits, const SamplingParams& p, std::int64_t draws, std::uint64_t seed) {
  const std::vector<double> expected = exact(logits, p);
  std::vector<std::int64_t> counts(logits.size(), 0);
  Rng rng(seed);
  for (std::int64_t i = 0; i < draws; ++i) {
    const SampledToken token = sample(logits.data(), static_cast<std::int64_t>(logits.size()), p, rng);
    ++counts[static_cast<std::size_t>(token.id)];
    if (expected[static_cast<std::size_t>(token.id)] == 0) return std::numeric_limits<double>::infinity();
  }
  double statistic = 0, rest_expected = 0, rest_count = 0;
  std::int64_t cells = 0;
  const auto add = [&](double e, double c) {
    statistic += (c - e) * (c - e) / e;
    ++cells;
  };
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double e = expected[i] * static_cast<double>(draws);
    if (e >= 5) {
      add(e, static_cast<double>(counts[i]));
    } else {
      rest_expected += e;
      rest_count += static_cast<double>(counts[i]);
    }
  }
  if (rest_expected >= 5) add(rest_expected, rest_count);
  const double freedom = static_cast<double>(std::max<std::int64_t>(cells - 1, 1));
  return (statistic - freedom) / std::sqrt(2 * freedom);
}

TEST(Sampling, DrawsFollowTheSoftmax) {
  EXPECT_LT(deviation({0.f, 1.f, -1.f, 2.f}, params(1.0), 40000, 1), 4);
  EXPECT_LT(deviation(random_logits(300, 2), params(1.0), 100000, 3), 4);
  EXPECT_LT(deviation(random_logits(1000, 4), params(0.6), 100000, 5), 4);
  EXPECT_LT(deviation(random_logits(129, 6), params(1.7), 100000, 7), 4);
}

TEST(Sampling, DrawsFollowTopK) {
  EXPECT_LT(deviation(random_logits(1000, 8), params(1.0, 5), 50000, 9), 4);
  EXPECT_LT(deviation(random_logits(2000, 10), params(0.7, 40), 50000, 11), 4);
  EXPECT_LT(deviation(random_logits(100, 12), params(1.0, 99), 50000, 13), 4);
}

TEST(Sampling, DrawsFollowTopP) {
  EXPECT_LT(deviation(random_logits(1000, 14), params(1.0, 0, 0.5), 50000, 15), 4);
  EXPECT_LT(deviation(random_logits(1000, 16, 0.1), params(1.0, 0, 0.95), 100000, 17), 4);  // nearly flat: most tokens stay
  EXPECT_LT(deviation(random_logits(1000, 18, 6.0), params(0.6, 0, 0.95), 50000, 19), 4);
}

TEST(Sampling, DrawsFollowTopKThenTopP) {
  EXPECT_LT(deviation(random_logits(1000, 20), params(0.8, 50, 0.9), 50000, 21), 4);
  EXPECT_LT(deviation(random_logits(500, 22), params(1.0, 3, 0.4), 20000, 23), 4);
}

TEST(Sampling, TheTestNoticesAWrongDistribution) {
  const std::vector<float> logits = random_logits(300, 2);
  std::vector<float> other = logits;
  for (float& logit : other) logit *= 1.05f;
  const std::vector<double> expected = exact(other, params(1.0));
  Rng rng(3);
  double difference = 0;
  std::vector<double> share(logits.size(), 0.0);
  for (int i = 0; i < 100000; ++i) share[static_cast<std::size_t>(sample(logits.data(), 300, params(1.0), rng).id)] += 1e-5;
  for (std::size_t i = 0; i < share.size(); ++i) difference += 1e5 * (share[i] - expected[i]) * (share[i] - expected[i]) / expected[i];
  EXPECT_GT((difference - 299) / std::sqrt(2 * 299.0), 6);
}

// The set that can be drawn is exactly the set by definition, ties and all: every u picks a kept token, and each kept one is reached.
TEST(Sampling, KeepsExactlyTheNucleus) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Rng rng(seed);
    std::vector<float> logits(1 + rng.below(400));
    for (float& logit : logits) logit = static_cast<float>(rng.below(5));  // many ties
    const SamplingParams p = params(1.0, static_cast<std::int64_t>(rng.below(30)), 0.3 + 0.7 * rng.uniform());
    const std::vector<double> expected = exact(logits, p);
    std::vector<int> seen(logits.size(), 0);
    for (int i = 0; i < 20000; ++i)
      ++seen[static_cast<std::size_t>(sample(logits.data(), static_cast<std::int64_t>(logits.size()), p, rng).id)];
    for (std::size_t i = 0; i < logits.size(); ++i) {
      if (expected[i] == 0) {
        EXPECT_EQ(seen[i], 0) << "seed " << seed << " token " << i;
      }
      if (expected[i] > 1e-3) {
        EXPECT_GT(seen[i], 0) << "seed " << seed << " token " << i;
      }
    }
  }
}

TEST(Sampling, GreedyTakesTheLowestOfEqualTokens) {
  std::vector<float> logits(1000, 0.5f);
  logits[700] = logits[701] = logits[333] = 3.0f;
  Rng rng(1);
  EXPECT_EQ(sample(logits.data(), 1000, params(0), rng).id, 333);
  EXPECT_EQ(sample(logits.data(), 1000, params(1e-9), rng).id, 333);
  EXPECT_EQ(sample(logits.data(), 1000, params(1.0, 1), rng).id, 333);
  EXPECT_EQ(sample(logits.data(), 1000, params(1.0, 0, 1e-6), rng).id, 333);
}

TEST(Sampling, LogProbIsOverTheWholeVocabulary) {
  const std::vector<float> logits = random_logits(777, 30);
  for (const SamplingParams& p : {params(1.0), params(0.6, 20, 0.8), params(1.3, 0, 0.5)}) {
    std::vector<double> full;
    exact(logits, p, &full);
    Rng rng(31);
    for (int i = 0; i < 100; ++i) {
      const SampledToken token = sample(logits.data(), 777, p, rng);
      EXPECT_NEAR(token.log_prob, std::log(full[static_cast<std::size_t>(token.id)]), 2e-5);
    }
  }
  std::vector<double> full;
  exact(logits, params(1.0), &full);
  Rng rng(32);
  const SampledToken greedy = sample(logits.data(), 777, params(0), rng);
  EXPECT_NEAR(greedy.log_prob, std::log(full[static_cast<std::size_t>(greedy.id)]), 2e-5);
}

TEST(Sampling, OneDrawATokenWhateverTheParameters) {
  const std::vector<float> logits = random_logits(500, 40);
  for (const SamplingParams& p : {params(0), params(1.0), params(0.6, 5), params(0.6, 0, 0.9), params(0.6, 7, 0.9)}) {
    Rng rng(41), other(41);
    sample(logits.data(), 500, p, rng);
    other.uniform();
    EXPECT_EQ(rng.state().counter, other.state().counter);
  }
}

TEST(Sampling, MaskedTokensAreNeverDrawn) {
  std::vector<float> logits(300, -std::numeric_limits<float>::infinity());
  logits[5] = 1.0f;
  logits[299] = 1.0f;
  for (const SamplingParams& p : {params(1.0), params(1.0, 10), params(1.0, 0, 0.999), params(0.1, 200, 0.9999)}) {
    Rng rng(50);
    for (int i = 0; i < 500; ++i) {
      const auto id = sample(logits.data(), 300, p, rng).id;
      EXPECT_TRUE(id == 5 || id == 299) << id;
    }
  }
}

TEST(Sampling, BrokenLogitsAreRefused) {
  std::vector<float> logits(300, 0.0f);
  Rng rng(1);
  logits[200] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(sample(logits.data(), 300, params(1.0), rng), Error);
  logits[200] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(sample(logits.data(), 300, params(1.0), rng), Error);
  std::fill(logits.begin(), logits.end(), -std::numeric_limits<float>::infinity());
  EXPECT_THROW(sample(logits.data(), 300, params(1.0), rng), Error);
}

TEST(Sampling, OutOfRangeParametersAreNamed) {
  const auto message = [](SamplingParams p) -> std::string {
    try {
      p.validate();
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(params(0.6, 10, 0.95)), "");
  EXPECT_NE(message(params(-1)).find("temperature"), std::string::npos);
  EXPECT_NE(message(params(std::nan(""))).find("temperature"), std::string::npos);
  EXPECT_NE(message(params(1, -2)).find("top-k"), std::string::npos);
  EXPECT_NE(message(params(1, 0, 0)).find("top-p"), std::string::npos);
  EXPECT_NE(message(params(1, 0, 1.5)).find("top-p"), std::string::npos);
  SamplingParams p;
  p.max_new_tokens = 0;
  EXPECT_NE(message(p).find("new tokens"), std::string::npos);
  p.max_new_tokens = 1;
  p.stop_strings = {""};
  EXPECT_NE(message(p).find("stop string"), std::string::npos);
}

}  // namespace
}  // namespace fathom::engine
