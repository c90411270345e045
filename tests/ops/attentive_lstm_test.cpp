#include "fathom/ops/attentive_lstm.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fathom/base/error.h"
#include "tests/ops/gradcheck.h"

namespace fathom::ops {
namespace {

using Tensors = std::vector<at::Tensor>;

struct Sizes {
  std::int64_t steps, memories, shared, length, width, memory_width;
};

Tensors random_inputs(const Sizes& n, at::ScalarType dtype) {
  const std::int64_t rows = n.memories * n.shared;
  return {at::randn({n.steps, rows, 4 * n.width}, dtype),           at::randn({4 * n.width, n.memory_width + n.width}, dtype) * 0.3,
          at::randn({n.memories, n.length, n.memory_width}, dtype), at::randn({n.memories, n.length, n.width}, dtype),
          at::randn({rows, n.memory_width + n.width}, dtype),       at::randn({rows, n.width}, dtype)};
}

// Lengths from 1 to the whole.
at::Tensor lengths_of(const Sizes& n) { return at::arange(n.memories, at::kLong) % n.length + 1; }

// Everything that comes out, as one row.
template <class Function>
testing::TensorFunction joined(const Function& f, const Sizes& n) {
  return [f, lengths = lengths_of(n)](const Tensors& in) {
    const AttentiveLstmOutput out = f({in[0], in[1], in[2], in[3], lengths, in[4], in[5]});
    return at::cat({out.states.reshape({-1}), out.attention.reshape({-1}), out.cell.reshape({-1})});
  };
}

const auto operation = [](const AttentiveLstmInput& in) { return ops::attentive_lstm(in); };
const auto expression = [](const AttentiveLstmInput& in) { return reference::attentive_lstm(in); };

TEST(AttentiveLstm, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(1);
  const Sizes n{3, 2, 2, 4, 3, 2};
  testing::expect_gradients_match(joined(expression, n), random_inputs(n, at::kDouble));
}

// In double precision the operation takes the way of devices: libtorch's kernels with gradients of our own.
TEST(AttentiveLstm, TensorPassAgreesWithFiniteDifferences) {
  at::manual_seed(2);
  for (const Sizes n : {Sizes{1, 1, 1, 1, 1, 1}, Sizes{3, 2, 1, 4, 3, 5}, Sizes{4, 3, 2, 3, 2, 2}}) {
    testing::expect_gradients_match(joined(operation, n), random_inputs(n, at::kDouble));
  }
}

TEST(AttentiveLstm, KernelAgreesWithReferenceOverShapes) {
  at::manual_seed(3);
  for (const Sizes n : {Sizes{1, 1, 1, 1, 1, 1}, Sizes{5, 3, 1, 7, 5, 6}, Sizes{2, 4, 5, 9, 16, 24}, Sizes{12, 8, 1, 35, 67, 41}}) {
    SCOPED_TRACE(::testing::Message() << n.memories << " memories of " << n.length << ", width " << n.width);
    testing::expect_matches_reference(joined(operation, n), joined(expression, n), random_inputs(n, at::kFloat));
  }
}

TEST(AttentiveLstm, AttendsToNothingBeyondTheLength) {
  at::manual_seed(4);
  const Sizes n{2, 3, 1, 3, 4, 4};
  const Tensors in = random_inputs(n, at::kFloat);
  const AttentiveLstmOutput out = ops::attentive_lstm({in[0], in[1], in[2], in[3], lengths_of(n), in[4], in[5]});
  EXPECT_EQ(out.attention[1][0][1].item<float>(), 0.0f);
  EXPECT_EQ(out.attention[1][0][0].item<float>(), 1.0f);
  EXPECT_EQ(out.attention[1][1][2].item<float>(), 0.0f);
  EXPECT_LT((out.attention.sum(2) - 1).abs().max().item<float>(), 1e-6);
}

TEST(AttentiveLstm, RefusesShapesThatDoNotFit) {
  const Sizes n{2, 2, 2, 3, 4, 5};
  const Tensors in = random_inputs(n, at::kFloat);
  for (std::size_t i = 0; i < in.size(); ++i) {
    Tensors bad = in;
    bad[i] = at::zeros({3, 3, 3});
    EXPECT_THROW(ops::attentive_lstm({bad[0], bad[1], bad[2], bad[3], lengths_of(n), bad[4], bad[5]}), Error) << i;
  }
}

}  // namespace
}  // namespace fathom::ops
