// Every operation on a CUDA device against its reference in double precision on the CPU, values and gradients. The other
// suites prove the CPU kernels; this one proves the CUDA path, and skips visibly where there is no device.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "fathom/ops/adamw.h"
#include "fathom/ops/attention.h"
#include "fathom/ops/attentive_lstm.h"
#include "fathom/ops/cross_entropy.h"
#include "fathom/ops/linear.h"
#include "fathom/ops/lstm.h"
#include "fathom/ops/moe.h"
#include "fathom/ops/rms_norm.h"
#include "fathom/ops/rotary.h"
#include "fathom/ops/swiglu.h"

namespace fathom::ops {
namespace {

using Tensors = std::vector<at::Tensor>;
using Function = std::function<at::Tensor(const Tensors&)>;

struct Evaluated {
  at::Tensor value;
  Tensors gradients;
};

// Value and gradients of Σ output · weights, where the weights are the same pseudo-random numbers everywhere.
Evaluated evaluate(const Function& function, const Tensors& inputs, at::TensorOptions options) {
  Tensors leaves;
  for (const at::Tensor& input : inputs) leaves.push_back(input.to(options).clone().set_requires_grad(true));
  const at::Tensor value = function(leaves);
  const at::Tensor weights = at::linspace(-1.0, 1.0, value.numel(), at::kDouble).view(value.sizes()).to(value.options());
  (value * weights).sum().backward();
  Evaluated result{value.detach().to(at::kCPU, at::kDouble), {}};
  for (const at::Tensor& leaf : leaves) {
    result.gradients.push_back(leaf.grad().defined() ? leaf.grad().to(at::kCPU, at::kDouble) : at::Tensor());
  }
  return result;
}

double relative_difference(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / (b.abs().max() + 1e-6)).item<double>();
}

class CudaOps : public ::testing::TestWithParam<at::ScalarType> {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device";
    at::manual_seed(7);
  }

  // fp32 is held to rounding of fp32 with TF32 off; bf16 to that of its 8-bit mantissa.
  double tolerance() const { return GetParam() == at::kFloat ? 2e-4 : 4e-2; }

  void expect_agreement(const Function& on_device, const Function& reference, const Tensors& inputs) {
    const Evaluated device = evaluate(on_device, inputs, at::TensorOptions(at::kCUDA).dtype(GetParam()));
    // The reference sees the values as the device's dtype rounds them.
    Tensors rounded;
    for (const at::Tensor& input : inputs) rounded.push_back(input.to(GetParam()).to(at::kDouble));
    const Evaluated expected = evaluate(reference, rounded, at::TensorOptions(at::kCPU).dtype(at::kDouble));
    EXPECT_LT(relative_difference(device.value, expected.value), tolerance());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!expected.gradients[i].defined()) continue;
      ASSERT_TRUE(device.gradients[i].defined()) << "input " << i;
      EXPECT_LT(relative_difference(device.gradients[i], expected.gradients[i]), tolerance()) << "gradient of input " << i;
    }
  }
};

at::Tensor randn(std::initializer_list<std::int64_t> shape) { return at::randn(at::IntArrayRef(shape), at::kDouble); }

TEST_P(CudaOps, Linear) {
  expect_agreement([](const Tensors& t) { return ops::linear(t[0], t[1], t[2]); },
                   [](const Tensors& t) { return reference::linear(t[0], t[1], t[2]); }, {randn({37, 48}), randn({40, 48}), randn({40})});
}

TEST_P(CudaOps, RmsNorm) {
  expect_agreement([](const Tensors& t) { return rms_norm(t[0], t[1], 1e-6); },
                   [](const Tensors& t) { return reference::rms_norm(t[0], t[1], 1e-6); }, {randn({33, 96}), randn({96})});
}

TEST_P(CudaOps, AddRmsNorm) {
  const auto joined = [](const std::pair<at::Tensor, at::Tensor>& pair) { return at::cat({pair.first, pair.second}, 1); };
  expect_agreement([&](const Tensors& t) { return joined(add_rms_norm(t[0], t[1], t[2], 1e-6)); },
                   [&](const Tensors& t) { return joined({reference::rms_norm(t[0] + t[1], t[2], 1e-6), t[0] + t[1]}); },
                   {randn({33, 64}), randn({33, 64}), randn({64})});
}

TEST_P(CudaOps, Rotary) {
  const at::Tensor angles = at::rand({64, 8}, at::kDouble) * 6.0;
  const at::Tensor positions = at::arange(20, at::kLong) * 3;
  for (const bool interleaved : {false, true}) {
    const auto call = [&](const Tensors& t, auto&& rotate) {
      const at::Device device = t[0].device();
      const at::ScalarType table = device.is_cuda() ? at::kFloat : at::kDouble;
      return rotate(t[0], angles.cos().to(device, table), angles.sin().to(device, table), positions.to(device), interleaved);
    };
    expect_agreement([&](const Tensors& t) { return call(t, rotary); }, [&](const Tensors& t) { return call(t, reference::rotary); },
                     {randn({20, 3, 16})});
  }
}

TEST_P(CudaOps, CausalAttention) {
  const std::vector<std::int64_t> lengths = {1, 17, 64, 130};
  const auto sequences = [&](const at::Tensor& like) { return PackedSequences::from_lengths(lengths, like.device()); };
  // Grouped queries, and MLA's unequal widths.
  for (const auto& [heads, kv_heads, qk_dim, v_dim] : {std::array<std::int64_t, 4>{8, 2, 16, 16}, {4, 4, 48, 32}}) {
    expect_agreement([&](const Tensors& t) { return causal_attention(t[0], t[1], t[2], sequences(t[0]), 0.2); },
                     [&](const Tensors& t) { return reference::causal_attention(t[0], t[1], t[2], sequences(t[0]), 0.2); },
                     {randn({212, heads, qk_dim}), randn({212, kv_heads, qk_dim}), randn({212, kv_heads, v_dim})});
  }
}

TEST_P(CudaOps, SwiGlu) {
  expect_agreement([](const Tensors& t) { return swiglu(t[0]); }, [](const Tensors& t) { return reference::swiglu(t[0]); },
                   {randn({31, 80})});
}

TEST_P(CudaOps, MoeExperts) {
  // The routing is fixed, so that rounding of the logits cannot send a token elsewhere; gates stay differentiable.
  const at::Tensor experts = at::randint(0, 6, {50, 1}, at::kLong);
  const at::Tensor both = at::cat({experts, (experts + 1) % 6}, 1);
  const RouterOptions options{2, 1, 1, true, 2.5};
  const auto routed = [&](const Tensors& t, auto&& route_function, auto&& experts_function) {
    const at::Tensor logits = t[1].to(t[1].is_cuda() ? at::kFloat : at::kDouble);
    const at::Tensor bias = at::zeros({6}, logits.options());
    return experts_function(t[0], route_function(logits, bias, options, both.to(t[0].device())), t[2], t[3]);
  };
  expect_agreement([&](const Tensors& t) { return routed(t, route, moe_experts); },
                   [&](const Tensors& t) { return routed(t, reference::route, reference::moe_experts); },
                   {randn({50, 32}), randn({50, 6}), randn({6, 48, 32}) * 0.2, randn({6, 32, 24}) * 0.2});
}

TEST_P(CudaOps, LinearCrossEntropySum) {
  at::Tensor targets = at::randint(0, 101, {60}, at::kLong);
  targets[3] = ignore_index;
  const at::Tensor weights = at::rand({60}, at::kFloat);
  expect_agreement(
      [&](const Tensors& t) {
        return linear_cross_entropy_sum(t[0], t[1], targets.to(t[0].device()), weights.to(t[0].device())).to(at::kFloat).view({1});
      },
      [&](const Tensors& t) { return (reference::linear_cross_entropy(t[0], t[1], targets) * weights.to(at::kDouble)).sum().view({1}); },
      {randn({60, 32}), randn({101, 32}) * 0.3});
}

TEST_P(CudaOps, LinearLogProbs) {
  const at::Tensor targets = at::randint(0, 101, {60}, at::kLong);
  expect_agreement([&](const Tensors& t) { return linear_log_probs(t[0], t[1], targets.to(t[0].device()), 0.7).log_probs; },
                   [&](const Tensors& t) { return reference::linear_log_probs(t[0], t[1], targets, 0.7).log_probs; },
                   {randn({60, 32}), randn({101, 32}) * 0.3});
}

TEST_P(CudaOps, PagedAttention) {
  const auto options = at::TensorOptions(at::kCUDA).dtype(GetParam());
  const at::Tensor pages = randn({6, 8, 2 * (16 + 16)}).to(options);
  const at::Tensor table = at::tensor({4, 1, 0, 5, 2, 3}, at::kInt).view({2, 3}).to(at::kCUDA);
  const at::Tensor lengths = at::tensor({19, 9}, at::kInt).to(at::kCUDA);
  const PagedKeys keys{pages, table, lengths, 8};
  const PackedSequences queries = PackedSequences::from_lengths({2, 1}, at::kCUDA);
  const at::Tensor q = randn({3, 4, 16}).to(options);
  const PagedKeys on_host{pages.to(at::kCPU, at::kDouble), table.cpu(), lengths.cpu(), 8};
  const at::Tensor expected =
      reference::paged_attention(q.to(at::kCPU, at::kDouble), on_host, PackedSequences::from_lengths({2, 1}, at::kCPU), 2, 16, 0.25);
  EXPECT_LT(relative_difference(paged_attention(q, keys, queries, 2, 16, 0.25).to(at::kCPU, at::kDouble), expected), tolerance());
}

TEST_P(CudaOps, PagedLatentAttention) {
  const auto options = at::TensorOptions(at::kCUDA).dtype(GetParam());
  const at::Tensor pages = randn({6, 8, 24 + 8}).to(options);
  const at::Tensor table = at::tensor({4, 1, 0, 5, 2, 3}, at::kInt).view({2, 3}).to(at::kCUDA);
  const at::Tensor lengths = at::tensor({19, 9}, at::kInt).to(at::kCUDA);
  const PagedKeys keys{pages, table, lengths, 8};
  const PackedSequences queries = PackedSequences::from_lengths({1, 1}, at::kCUDA);
  const at::Tensor latent = randn({2, 4, 24}).to(options), rope = randn({2, 4, 8}).to(options);
  const PagedKeys on_host{pages.to(at::kCPU, at::kDouble), table.cpu(), lengths.cpu(), 8};
  const at::Tensor expected = reference::paged_latent_attention(latent.to(at::kCPU, at::kDouble), rope.to(at::kCPU, at::kDouble), on_host,
                                                                PackedSequences::from_lengths({1, 1}, at::kCPU), 0.25);
  EXPECT_LT(relative_difference(paged_latent_attention(latent, rope, keys, queries, 0.25).to(at::kCPU, at::kDouble), expected),
            tolerance());
}

// Recurrent layers compute in fp32: what they round would be carried from step to step.
class CudaLstm : public CudaOps {};

TEST_P(CudaLstm, Lstm) {
  const std::vector<std::int64_t> lengths = {9, 9, 6, 2, 1};
  const StepRows steps = StepRows::of_lengths(lengths);
  for (const bool both : {false, true}) {
    const auto weights = [&](const Tensors& t) {
      std::vector<LstmWeights> out = {{t[1], t[2], t[3]}};
      if (both) out.push_back({t[4], t[5], t[6]});
      return out;
    };
    expect_agreement([&](const Tensors& t) { return ops::lstm(t[0], steps, weights(t)); },
                     [&](const Tensors& t) { return reference::lstm(t[0], steps, weights(t)); },
                     {randn({steps.rows(), 24}), randn({128, 24}) * 0.3, randn({128, 32}) * 0.3, randn({128}), randn({128, 24}) * 0.3,
                      randn({128, 32}) * 0.3, randn({128})});
  }
}

TEST_P(CudaLstm, AttentiveLstm) {
  // A row a memory, as in training, and five rows that share one, as in a beam.
  for (const std::int64_t shared : {1, 5}) {
    const std::int64_t rows = 4 * shared, width = 32, memory_width = 24;
    const at::Tensor lengths = at::tensor({11, 7, 1, 4}, at::kLong);
    const auto joined = [&](const Tensors& t, auto&& f) {
      const AttentiveLstmOutput out = f(AttentiveLstmInput{t[0], t[1], t[2], t[3], lengths.to(t[0].device()), t[4], t[5]});
      return at::cat({out.states.reshape({-1}), out.attention.reshape({-1}), out.cell.reshape({-1})});
    };
    expect_agreement([&](const Tensors& t) { return joined(t, ops::attentive_lstm); },
                     [&](const Tensors& t) { return joined(t, reference::attentive_lstm); },
                     {randn({6, rows, 4 * width}), randn({4 * width, memory_width + width}) * 0.3, randn({4, 11, memory_width}),
                      randn({4, 11, width}) * 0.3, randn({rows, memory_width + width}), randn({rows, width})});
  }
}

INSTANTIATE_TEST_SUITE_P(Types, CudaLstm, ::testing::Values(at::kFloat),
                         [](const auto& info) { return std::string(at::toString(info.param)); });

INSTANTIATE_TEST_SUITE_P(Types, CudaOps, ::testing::Values(at::kFloat, at::kBFloat16),
                         [](const auto& info) { return std::string(at::toString(info.param)); });

TEST(CudaOptimizer, AdamWAgreesWithTheReference) {
  if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device";
  const at::Tensor start = at::randn({257}), gradient = at::randn({257});
  const AdamWStep step{1e-2, 0.9, 0.95, 1e-8, 0.1, 3, 0.5};
  at::Tensor expected = start.clone(), m = at::rand({257}), v = at::rand({257});
  at::Tensor parameter = start.to(at::kCUDA), cuda_m = m.to(at::kCUDA), cuda_v = v.to(at::kCUDA);
  reference::adamw_(expected, gradient, m, v, step);
  adamw_(parameter, gradient.to(at::kCUDA), cuda_m, cuda_v, step);
  EXPECT_LT((parameter.cpu() - expected).abs().max().item<float>(), 1e-6);
  EXPECT_NEAR(global_norm({gradient.to(at::kCUDA)}), reference::global_norm({gradient}), 1e-4);
}

}  // namespace
}  // namespace fathom::ops
