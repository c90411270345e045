#include "fathom/ops/lstm.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/ops/gradcheck.h"

namespace fathom::ops {
namespace {

using Tensors = std::vector<at::Tensor>;

// Inputs: x, then input, recurrent, bias of each direction.
std::vector<LstmWeights> weights_of(const Tensors& in) {
  std::vector<LstmWeights> out;
  for (std::size_t i = 1; i + 2 < in.size(); i += 3) out.push_back({in[i], in[i + 1], in[i + 2]});
  return out;
}

Tensors random_inputs(const StepRows& steps, std::int64_t in, std::int64_t width, int directions, at::ScalarType dtype) {
  Tensors out = {at::randn({steps.rows(), in}, dtype)};
  for (int i = 0; i < directions; ++i) {
    out.insert(out.end(),
               {at::randn({4 * width, in}, dtype) * 0.3, at::randn({4 * width, width}, dtype) * 0.3, at::randn({4 * width}, dtype)});
  }
  return out;
}

TEST(Lstm, StepsOfLengths) {
  const std::vector<std::int64_t> lengths = {4, 2, 2, 1};
  const StepRows steps = StepRows::of_lengths(lengths);
  EXPECT_EQ(steps.sizes, (std::vector<std::int64_t>{4, 3, 1, 1}));
  EXPECT_EQ(steps.offsets, (std::vector<std::int64_t>{0, 4, 7, 8, 9}));
  EXPECT_TRUE(at::equal(steps.last_rows(), at::tensor({8, 5, 6, 3}, at::kLong)));
  EXPECT_TRUE(at::equal(steps.row_of_position(), at::tensor({0, 4, 7, 8, 1, 5, 9, 9, 2, 6, 9, 9, 3, 9, 9, 9}, at::kLong).view({4, 4})));
  EXPECT_THROW(StepRows::of_lengths(std::vector<std::int64_t>{1, 2}), Error);
  EXPECT_THROW(StepRows::of_lengths(std::vector<std::int64_t>{2, 0}), Error);
  EXPECT_THROW(StepRows::of_lengths({}), Error);
}

TEST(Lstm, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(1);
  const StepRows steps = StepRows::of_lengths(std::vector<std::int64_t>{3, 2, 1});
  testing::expect_gradients_match([&](const Tensors& in) { return reference::lstm(in[0], steps, weights_of(in)); },
                                  random_inputs(steps, 4, 3, 2, at::kDouble));
}

TEST(Lstm, KernelAgreesWithReferenceOverShapes) {
  at::manual_seed(2);
  for (const std::vector<std::int64_t>& lengths : {std::vector<std::int64_t>{1}, {5}, {7, 7, 3, 1}, {9, 8, 8, 8, 2, 2}}) {
    const StepRows steps = StepRows::of_lengths(lengths);
    for (const std::int64_t width : {1, 5, 16, 67}) {
      for (const int directions : {1, 2}) {
        SCOPED_TRACE(::testing::Message() << lengths.size() << " sequences, width " << width << ", " << directions << " directions");
        testing::expect_matches_reference([&](const Tensors& in) { return ops::lstm(in[0], steps, weights_of(in)); },
                                          [&](const Tensors& in) { return reference::lstm(in[0], steps, weights_of(in)); },
                                          random_inputs(steps, 6, width, directions, at::kFloat));
      }
    }
  }
}

// libtorch's own LSTM over padded sequences of equal length.
TEST(Lstm, EqualsLibtorch) {
  at::manual_seed(3);
  const StepRows steps = StepRows::of_lengths(std::vector<std::int64_t>{6, 6, 6});
  const Tensors in = random_inputs(steps, 5, 8, 2, at::kFloat);
  const at::Tensor zeros = at::zeros({2, 3, 8}), none = at::zeros({32});
  const at::Tensor expected = std::get<0>(at::lstm(
      in[0].view({6, 3, 5}), {zeros, zeros}, {in[1], in[2], in[3], none, in[4], in[5], in[6], none}, true, 1, 0.0, false, true, false));
  EXPECT_LT(testing::relative_error(ops::lstm(in[0], steps, weights_of(in)), expected.view({18, 16})), 1e-6);
}

TEST(Lstm, ExtremeGatesStayFinite) {
  const StepRows steps = StepRows::of_lengths(std::vector<std::int64_t>{2});
  const Tensors in = {at::tensor({1e30f, -1e30f}).view({2, 1}), at::ones({4, 1}), at::ones({4, 1}), at::zeros({4})};
  EXPECT_TRUE(at::isfinite(ops::lstm(in[0], steps, weights_of(in))).all().item<bool>());
}

TEST(Lstm, RefusesShapesThatDoNotFit) {
  const StepRows steps = StepRows::of_lengths(std::vector<std::int64_t>{2, 1});
  const LstmWeights weights{at::zeros({8, 3}), at::zeros({8, 2}), at::zeros({8})};
  EXPECT_THROW(ops::lstm(at::zeros({4, 3}), steps, {{weights}}), Error);
  EXPECT_THROW(ops::lstm(at::zeros({3, 4}), steps, {{weights}}), Error);
  EXPECT_THROW(ops::lstm(at::zeros({3, 3}), steps, {}), Error);
}

}  // namespace
}  // namespace fathom::ops
