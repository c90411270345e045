#include "fathom/ops/rotary.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/ops/gradcheck.h"

namespace fathom::ops {
namespace {

using Tensors = std::vector<at::Tensor>;

struct Table {
  at::Tensor cos, sin;
  explicit Table(std::int64_t positions, std::int64_t pairs) {
    const at::Tensor angles = at::outer(at::arange(positions, at::kFloat),
                                        at::pow(10000.0, at::arange(pairs, at::kFloat).mul(-1.0 / static_cast<double>(pairs))));
    cos = angles.cos();
    sin = angles.sin();
  }
};

auto kernel(const Table& table, const at::Tensor& positions, bool interleaved) {
  return [=](const Tensors& in) { return ops::rotary(in[0], table.cos, table.sin, positions, interleaved); };
}
auto expected(const Table& table, const at::Tensor& positions, bool interleaved) {
  return [=](const Tensors& in) { return reference::rotary(in[0], table.cos, table.sin, positions, interleaved); };
}

TEST(Rotary, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(1);
  const Table table(50, 3);
  for (bool interleaved : {false, true}) {
    testing::expect_gradients_match(expected(table, at::randint(50, {4}, at::kLong), interleaved), {at::randn({4, 2, 6}, at::kDouble)});
  }
}

TEST(Rotary, ReferenceTurnsAPair) {
  const Table table(8, 2);
  const at::Tensor x = at::arange(1, 5, at::kFloat).reshape({1, 1, 4}), position = at::full({1}, 3, at::kLong);
  const double c = table.cos[3][0].item<double>(), s = table.sin[3][0].item<double>();
  EXPECT_NEAR(reference::rotary(x, table.cos, table.sin, position, true)[0][0][0].item<double>(), 1 * c - 2 * s, 1e-6);
  EXPECT_NEAR(reference::rotary(x, table.cos, table.sin, position, true)[0][0][1].item<double>(), 2 * c + 1 * s, 1e-6);
  EXPECT_NEAR(reference::rotary(x, table.cos, table.sin, position, false)[0][0][0].item<double>(), 1 * c - 3 * s, 1e-6);
  EXPECT_NEAR(reference::rotary(x, table.cos, table.sin, position, false)[0][0][2].item<double>(), 3 * c + 1 * s, 1e-6);
}

TEST(Rotary, KernelAgreesWithReferenceOverShapes) {
  at::manual_seed(2);
  for (bool interleaved : {false, true}) {
    for (std::int64_t tokens : {0, 1, 5, 300}) {
      for (std::int64_t pairs : {1, 3, 4, 8, 13, 16, 31, 32, 64}) {
        SCOPED_TRACE(::testing::Message() << tokens << " tokens, " << pairs << " pairs, interleaved " << interleaved);
        const Table table(400, pairs);
        const at::Tensor positions = at::randint(400, {tokens}, at::kLong);
        testing::expect_matches_reference(kernel(table, positions, interleaved), expected(table, positions, interleaved),
                                          {at::randn({tokens, 3, 2 * pairs})});
      }
    }
  }
}

TEST(Rotary, TakesViewsOfWiderRows) {
  at::manual_seed(3);
  const Table table(100, 8);
  const at::Tensor positions = at::arange(20, at::kLong);
  for (bool interleaved : {false, true}) {
    const auto part = [](const auto& f) { return [f](const Tensors& in) { return f({in[0].narrow(2, 11, 16)}); }; };
    testing::expect_matches_reference(part(kernel(table, positions, interleaved)), part(expected(table, positions, interleaved)),
                                      {at::randn({20, 4, 40})});
    // One key for all heads, cut from the row of the latent; and heads that do not lie side by side.
    const auto key = [](const auto& f) { return [f](const Tensors& in) { return f({in[0].narrow(1, 30, 16).unsqueeze(1)}); }; };
    testing::expect_matches_reference(key(kernel(table, positions, interleaved)), key(expected(table, positions, interleaved)),
                                      {at::randn({20, 46})});
    const auto turned = [](const auto& f) { return [f](const Tensors& in) { return f({in[0].transpose(0, 1)}); }; };
    testing::expect_matches_reference(turned(kernel(table, positions, interleaved)), turned(expected(table, positions, interleaved)),
                                      {at::randn({4, 20, 16})});
  }
}

TEST(Rotary, ScoresDependOnTheDistanceOnly) {
  at::manual_seed(4);
  const Table table(64, 8);
  const at::Tensor q = at::randn({1, 1, 16}), k = at::randn({1, 1, 16});
  for (bool interleaved : {false, true}) {
    const auto score = [&](std::int64_t i, std::int64_t j) {
      return (ops::rotary(q, table.cos, table.sin, at::full({1}, i, at::kLong), interleaved) *
              ops::rotary(k, table.cos, table.sin, at::full({1}, j, at::kLong), interleaved))
          .sum()
          .item<double>();
    };
    EXPECT_NEAR(score(7, 3), score(50, 46), 1e-4);
  }
}

TEST(Rotary, RefusesPositionsOutsideTheTable) {
  const Table table(8, 2);
  EXPECT_THROW(ops::rotary(at::zeros({1, 1, 4}), table.cos, table.sin, at::full({1}, 8, at::kLong), true), Error);
  EXPECT_THROW(ops::rotary(at::zeros({1, 1, 4}), table.cos, table.sin, at::full({1}, -1, at::kLong), true), Error);
  EXPECT_THROW(ops::rotary(at::zeros({1, 1, 6}), table.cos, table.sin, at::zeros({1}, at::kLong), true), Error);
}

}  // namespace
}  // namespace fathom::ops
