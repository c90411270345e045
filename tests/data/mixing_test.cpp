#include "fathom/data/prepare/mixing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"

namespace fathom::data {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(Mixing, WithoutWeightsTheRepeatsStand) {
  EXPECT_THAT(repeat_factors({{"a", 0, 1, 10}, {"b", 0, 2.5, 10}}, 0, 4), ElementsAre(1, 2.5));
}

TEST(Mixing, WeightsGiveShares) {
  // 400 tokens in all: a quarter and three quarters of them.
  EXPECT_THAT(repeat_factors({{"a", 1, 1, 300}, {"b", 3, 1, 100}}, 0, 4), ElementsAre(DoubleNear(1.0 / 3, 1e-12), DoubleNear(3, 1e-12)));
  EXPECT_THAT(repeat_factors({{"a", 1, 1, 300}, {"b", 3, 1, 100}}, 200, 4),
              ElementsAre(DoubleNear(1.0 / 6, 1e-12), DoubleNear(1.5, 1e-12)));
  EXPECT_THAT(repeat_factors({{"a", 1, 1, 300}, {"b", 3, 1, 100}}, 0, 2)[1], 2);
  EXPECT_THAT(message_of<Error>([] { repeat_factors({{"a", 1, 1, 300}, {"b", 3, 1, 0}}, 0, 4); }), testing::HasSubstr("'b'"));
}

TEST(Mixing, CopiesAverageToTheFactor) {
  std::int64_t sum = 0;
  for (std::uint64_t hash = 0; hash < 10'000; ++hash) {
    const std::int64_t copies = copies_of(hash, 2.3, 1);
    EXPECT_TRUE(copies == 2 || copies == 3);
    EXPECT_LE(copies_of(hash, 0.2, 1), copies_of(hash, 0.3, 1));
    sum += copies;
  }
  EXPECT_NEAR(static_cast<double>(sum), 23'000, 300);
  EXPECT_EQ(copies_of(5, 2, 1), 2);
  EXPECT_EQ(copies_of(5, 0, 1), 0);
}

}  // namespace
}  // namespace fathom::data
