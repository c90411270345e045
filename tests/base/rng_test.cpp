#include "fathom/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "fathom/base/error.h"

namespace fathom {
namespace {

// The known-answer vectors that accompany the Philox paper (philox4x32, 10 rounds).
TEST(PhiloxTest, KnownAnswers) {
  using Block = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RngTest, DrawsAreTheBlocksInOrder) {
  Rng rng(0);
  EXPECT_EQ(rng.next_u64(), 0xe169c58d6627e8d5u);
  EXPECT_EQ(rng.next_u64(), 0x9b00dbd8bc57ac4cu);
  EXPECT_EQ(rng.state().counter, 2u);
}

TEST(RngTest, RestoredStateContinues) {
  Rng rng(42, 3);
  for (int i = 0; i < 5; ++i) rng.normal();
  const Rng::State state = rng.state();
  const std::uint64_t expected[] = {rng.next_u64(), rng.next_u64()};
  Rng other(0);
  other.restore(state);
  EXPECT_EQ(other.next_u64(), expected[0]);
  EXPECT_EQ(other.next_u64(), expected[1]);
}

TEST(RngTest, SeedsAndStreamsDiffer) {
  std::set<std::uint64_t> first;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (std::uint64_t stream = 0; stream < 50; ++stream) first.insert(Rng(seed, stream).next_u64());
  }
  first.insert(Rng(1ull << 32).next_u64());
  first.insert(Rng(0, 1ull << 32).next_u64());
  EXPECT_EQ(first.size(), 2502u);
}

TEST(RngTest, UniformMoments) {
  Rng rng(1);
  constexpr int kCount = 200000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const double value = rng.uniform();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    sum += value;
    squares += value * value;
  }
  // Five standard errors.
  EXPECT_NEAR(sum / kCount, 0.5, 5 * std::sqrt(1.0 / 12 / kCount));
  EXPECT_NEAR(squares / kCount, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / kCount));
}

TEST(RngTest, NormalMoments) {
  Rng rng(2);
  constexpr int kCount = 200000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < kCount; ++i) {
    const double value = rng.normal();
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
    fourth += value * value * value * value;
  }
  EXPECT_NEAR(sum / kCount, 0, 5 / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount, 1, 5 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(fourth / kCount, 3, 5 * std::sqrt(96.0 / kCount));
}

TEST(RngTest, BelowIsUniform) {
  Rng rng(3);
  constexpr int kCount = 120000, kBound = 12;
  std::array<int, kBound> seen{};
  for (int i = 0; i < kCount; ++i) ++seen.at(rng.below(kBound));
  constexpr double kExpected = static_cast<double>(kCount) / kBound;
  double chi_squared = 0;
  for (const int count : seen) chi_squared += std::pow(count - kExpected, 2) / kExpected;
  EXPECT_LT(chi_squared, 35.0);  // 11 degrees of freedom: p about 0.0002
  EXPECT_EQ(rng.below(1), 0u);
  EXPECT_THROW(rng.below(0), Error);
  // With a bound of three quarters of the range a modulo would hit the lower third twice as often.
  const std::uint64_t bound = 3ull << 62;
  int low = 0;
  for (int i = 0; i < 30000; ++i) low += rng.below(bound) < bound / 3;
  EXPECT_NEAR(low, 10000, 5 * std::sqrt(30000 * 2.0 / 9));
}

TEST(RngTest, PermutationsAreComplete) {
  Rng rng(4);
  auto order = rng.permutation(1000);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 1000; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_TRUE(rng.permutation(0).empty());
  EXPECT_EQ(rng.permutation(1), std::vector<std::int64_t>{0});
  EXPECT_THROW(rng.permutation(-1), Error);
}

TEST(RngTest, EveryPermutationIsEquallyLikely) {
  Rng rng(5);
  std::array<int, 6> seen{};
  for (int i = 0; i < 60000; ++i) {
    const auto order = rng.permutation(3);
    ++seen.at(static_cast<std::size_t>(order[0] * 2 + (order[1] > order[2] ? 1 : 0)));
  }
  for (const int count : seen) EXPECT_NEAR(count, 10000, 5 * std::sqrt(60000 * 5.0 / 36));
}

}  // namespace
}  // namespace fathom
