#include "fathom/ops/attention.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/error.h"
#include "tests/ops/gradcheck.h"
#include "tests/ops/instruction_sets.h"

namespace fathom::ops {
namespace {

struct Shape {
  std::vector<std::int64_t> lengths;
  std::int64_t heads, kv_heads, qk_dim, v_dim;
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.heads << "/" << shape.kv_heads << " heads, widths " << shape.qk_dim << "/" << shape.v_dim << ", lengths";
  for (std::int64_t length : shape.lengths) *out << " " << length;
}

std::vector<at::Tensor> inputs_of(const Shape& shape, at::ScalarType type = at::kFloat) {
  std::int64_t tokens = 0;
  for (std::int64_t length : shape.lengths) tokens += length;
  return {at::randn({tokens, shape.heads, shape.qk_dim}, type), at::randn({tokens, shape.kv_heads, shape.qk_dim}, type),
          at::randn({tokens, shape.kv_heads, shape.v_dim}, type)};
}

template <typename Function>
testing::TensorFunction attention_over(const Shape& shape, Function function) {
  const PackedSequences sequences = PackedSequences::from_lengths(shape.lengths, at::kCPU);
  const double scale = 1 / std::sqrt(static_cast<double>(shape.qk_dim));
  return [=](const std::vector<at::Tensor>& in) { return function(in[0], in[1], in[2], sequences, scale); };
}

// One query at a time with plain loops: what the reference is held to.
at::Tensor by_definition(const std::vector<at::Tensor>& in, const Shape& shape) {
  const at::Tensor &q = in[0], &k = in[1], &v = in[2];
  at::Tensor out = at::zeros({q.size(0), shape.heads, shape.v_dim}, at::kDouble);
  const double scale = 1 / std::sqrt(static_cast<double>(shape.qk_dim));
  std::int64_t begin = 0;
  for (std::int64_t length : shape.lengths) {
    for (std::int64_t i = 0; i < length; ++i) {
      for (std::int64_t h = 0; h < shape.heads; ++h) {
        const std::int64_t g = h / (shape.heads / shape.kv_heads);
        double total = 0;
        for (std::int64_t j = 0; j <= i; ++j) {
          const double weight = std::exp(scale * at::dot(q[begin + i][h], k[begin + j][g]).item<double>());
          out[begin + i][h] += weight * v[begin + j][g];
          total += weight;
        }
        out[begin + i][h] /= total;
      }
    }
    begin += length;
  }
  return out;
}

TEST(CausalAttention, ReferenceIsTheDefinition) {
  at::manual_seed(1);
  const Shape shape{{3, 1, 5}, 4, 2, 6, 5};
  const std::vector<at::Tensor> in = inputs_of(shape, at::kDouble);
  EXPECT_LT(testing::relative_error(attention_over(shape, reference::causal_attention)(in), by_definition(in, shape)), 1e-12);
}

TEST(CausalAttention, ReferenceAgreesWithFiniteDifferences) {
  at::manual_seed(2);
  const Shape shape{{3, 0, 1, 5}, 4, 2, 6, 5};
  testing::expect_gradients_match(attention_over(shape, reference::causal_attention), inputs_of(shape, at::kDouble));
}

class CausalAttentionShapes : public ::testing::TestWithParam<Shape> {};

TEST_P(CausalAttentionShapes, KernelAgreesWithReference) {
  at::manual_seed(3);
  const Shape& shape = GetParam();
  for (int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    testing::expect_matches_reference(attention_over(shape, ops::causal_attention), attention_over(shape, reference::causal_attention),
                                      inputs_of(shape), 2e-5);
  }
}

TEST_P(CausalAttentionShapes, EveryInstructionSetAgreesWithReference) {
  at::manual_seed(7);
  const Shape& shape = GetParam();
  testing::for_each_instruction_set([&] {
    testing::expect_matches_reference(attention_over(shape, ops::causal_attention), attention_over(shape, reference::causal_attention),
                                      inputs_of(shape), 2e-5);
  });
}

INSTANTIATE_TEST_SUITE_P(Shapes, CausalAttentionShapes,
                         ::testing::Values(Shape{{1}, 1, 1, 1, 1}, Shape{{1, 1, 1}, 2, 2, 8, 8}, Shape{{2, 3}, 2, 1, 5, 3},
                                           Shape{{37, 45, 30, 60, 33}, 4, 4, 48, 32}, Shape{{63, 64, 65}, 2, 2, 16, 16},
                                           Shape{{127, 128, 129}, 2, 1, 24, 40}, Shape{{0, 17, 0, 9, 0}, 4, 2, 32, 32},
                                           Shape{{300}, 3, 1, 64, 64}, Shape{{513}, 1, 1, 20, 12}, Shape{{257, 5, 70}, 8, 2, 36, 128},
                                           Shape{{100}, 6, 6, 192, 128}, Shape{{400}, 5, 5, 16, 24}, Shape{{7, 66}, 16, 1, 72, 64}));

TEST(CausalAttention, LargeScoresDoNotOverflow) {
  at::manual_seed(4);
  const Shape shape{{90}, 2, 2, 16, 16};
  std::vector<at::Tensor> in = inputs_of(shape);
  in[0] *= 40;
  in[1] *= 40;
  std::vector<at::Tensor> wide;
  for (const at::Tensor& t : in) wide.push_back(t.to(at::kDouble));
  const at::Tensor out = attention_over(shape, ops::causal_attention)(in);
  EXPECT_TRUE(at::isfinite(out).all().item<bool>());
  EXPECT_LT(testing::relative_error(out, attention_over(shape, reference::causal_attention)(wide)), 1e-3);
}

TEST(CausalAttention, TakesViewsOfAJoinedProjection) {
  at::manual_seed(5);
  const Shape shape{{20, 50}, 4, 2, 16, 16};
  const PackedSequences sequences = PackedSequences::from_lengths(shape.lengths, at::kCPU);
  const auto split = [&](const auto& attention) {
    return [&](const std::vector<at::Tensor>& in) {
      const at::Tensor qkv = in[0].view({70, 8, 16});
      return attention(qkv.narrow(1, 0, 4), qkv.narrow(1, 4, 2), qkv.narrow(1, 6, 2), sequences, 0.25);
    };
  };
  testing::expect_matches_reference(split(ops::causal_attention), split(reference::causal_attention), {at::randn({70, 128})});
}

TEST(CausalAttention, SameResultEachTime) {
  at::manual_seed(6);
  const Shape shape{{400, 90}, 3, 1, 32, 16};
  const std::vector<at::Tensor> in = inputs_of(shape);
  const testing::TensorFunction attention = attention_over(shape, ops::causal_attention);
  const std::vector<at::Tensor> first = testing::autograd_gradients(attention, in);
  for (int repeat = 0; repeat < 5; ++repeat) {
    const std::vector<at::Tensor> again = testing::autograd_gradients(attention, in);
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(at::equal(first[i], again[i]));
  }
}

TEST(CausalAttention, NoTokens) {
  const Shape shape{{0, 0}, 2, 2, 8, 4};
  EXPECT_EQ(attention_over(shape, ops::causal_attention)(inputs_of(shape)).sizes(), at::IntArrayRef({0, 2, 4}));
  EXPECT_EQ(testing::autograd_gradients(attention_over(shape, ops::causal_attention), inputs_of(shape))[0].numel(), 0);
}

TEST(CausalAttention, RefusesShapesThatDoNotFit) {
  const PackedSequences five = PackedSequences::from_lengths({5}, at::kCPU);
  const at::Tensor q = at::zeros({5, 4, 8}), k = at::zeros({5, 2, 8}), v = at::zeros({5, 2, 6});
  EXPECT_THROW(ops::causal_attention(q, at::zeros({5, 3, 8}), v, five, 1), Error);
  EXPECT_THROW(ops::causal_attention(q, at::zeros({5, 2, 7}), v, five, 1), Error);
  EXPECT_THROW(ops::causal_attention(q, k, at::zeros({4, 2, 6}), five, 1), Error);
  EXPECT_THROW(ops::causal_attention(q, k, v, PackedSequences::from_lengths({4}, at::kCPU), 1), Error);
  EXPECT_THROW(PackedSequences::from_offsets({0, 5, 4}, at::kCPU), Error);
  EXPECT_THROW(PackedSequences::from_offsets({1, 5}, at::kCPU), Error);
}

}  // namespace
}  // namespace fathom::ops
