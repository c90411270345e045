// The same model on CPU and on a CUDA device: logits, multi-token prediction, generation and a training step.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "fathom/engine/generator.h"
#include "fathom/model/causal_lm.h"
#include "fathom/train/language_model_step.h"

namespace fathom {
namespace {

model::ModelConfig small_v3() {
  model::ModelConfig config;
  config.architecture = model::Architecture::deepseek_v3;
  config.vocab_size = 200;
  config.hidden_size = 64;
  config.intermediate_size = 160;
  config.num_hidden_layers = 3;
  config.num_attention_heads = config.num_key_value_heads = 4;
  config.max_position_embeddings = 256;
  config.q_lora_rank = 32;
  config.kv_lora_rank = 24;
  config.qk_nope_head_dim = 16;
  config.qk_rope_head_dim = 8;
  config.v_head_dim = 16;
  config.n_routed_experts = 8;
  config.n_shared_experts = 1;
  config.num_experts_per_tok = 2;
  config.moe_intermediate_size = 32;
  config.n_group = 2;
  config.topk_group = 1;
  config.first_k_dense_replace = 1;
  config.num_mtp_modules = 1;
  config.initializer_range = 0.1;
  return config;
}

model::ModelConfig small_llama() {
  model::ModelConfig config;
  config.architecture = model::Architecture::llama;
  config.vocab_size = 200;
  config.hidden_size = 64;
  config.intermediate_size = 160;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 8;
  config.num_key_value_heads = 2;
  config.head_dim = 8;
  config.max_position_embeddings = 256;
  config.initializer_range = 0.1;
  return config;
}

class CudaModel : public ::testing::TestWithParam<model::ModelConfig (*)()> {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device";
    on_cpu_ = std::make_unique<model::CausalLM>(GetParam()());
    on_cpu_->initialize(11);
    on_cuda_ = std::make_unique<model::CausalLM>(GetParam()(), at::TensorOptions(at::kCUDA).dtype(at::kFloat));
    on_cuda_->copy_weights_from(*on_cpu_);
  }

  std::unique_ptr<model::CausalLM> on_cpu_, on_cuda_;
};

TEST_P(CudaModel, LogitsAgree) {
  const at::NoGradGuard no_grad;
  const std::vector<std::int64_t> lengths = {30, 1, 57};
  const at::Tensor ids = (at::arange(88, at::kLong) * 37) % 200;
  const auto logits = [&](const model::CausalLM& model) {
    const auto context = nn::ForwardContext::packed(ops::PackedSequences::from_lengths(lengths, model.device()));
    return model.logits(model.forward(ids.to(model.device()), context)).cpu();
  };
  EXPECT_LT((logits(*on_cpu_) - logits(*on_cuda_)).abs().max().item<float>(), 2e-3);
}

TEST_P(CudaModel, GreedyTokensAgree) {
  std::vector<engine::GenerationRequest> requests(3);
  requests[0].prompt_ids = {5, 7, 9};
  requests[1].prompt_ids = {1};
  requests[2].prompt_ids = {100, 101, 102, 103, 104, 105, 106};
  for (auto& request : requests) {
    request.params.temperature = 0;
    request.params.max_new_tokens = 24;
  }
  const auto on_cpu = engine::Generator(*on_cpu_, nullptr).generate(requests);
  const auto on_cuda = engine::Generator(*on_cuda_, nullptr).generate(requests);
  ASSERT_EQ(on_cpu.size(), on_cuda.size());
  for (std::size_t i = 0; i < on_cpu.size(); ++i) EXPECT_EQ(on_cpu[i].ids, on_cuda[i].ids) << "request " << i;
}

TEST_P(CudaModel, TrainingStepsAgree) {
  data::PackedBatch batch;
  for (std::int64_t i = 0; i < 128; ++i) {
    batch.input_ids.push_back(i * 31 % 200);
    batch.targets.push_back((i + 1) * 31 % 200);
    batch.positions.push_back(i % 64);
  }
  batch.cu_seqlens = {0, 64, 128};
  const auto train = [&](model::CausalLM& model) {
    model.set_trainable(true);
    train::Optimizer optimizer(model.parameters(), {});
    std::vector<double> losses;
    for (int step = 0; step < 5; ++step) losses.push_back(train::train_step(model, optimizer, {batch}, {}, 1e-3, 0.0).loss);
    return losses;
  };
  const std::vector<double> on_cpu = train(*on_cpu_), on_cuda = train(*on_cuda_);
  for (std::size_t i = 0; i < on_cpu.size(); ++i) EXPECT_NEAR(on_cpu[i], on_cuda[i], 2e-3) << "step " << i + 1;
}

TEST_P(CudaModel, TrainsInBf16OverFp32Masters) {
  data::PackedBatch batch;
  for (std::int64_t i = 0; i < 128; ++i) {
    batch.input_ids.push_back(i * 31 % 200);
    batch.targets.push_back((i + 1) * 31 % 200);
    batch.positions.push_back(i);
  }
  batch.cu_seqlens = {0, 128};
  on_cuda_->set_trainable(true);
  on_cuda_->set_compute_dtype(at::kBFloat16);
  train::Optimizer optimizer(on_cuda_->parameters(), {});
  double first = 0, last = 0;
  for (int step = 0; step < 40; ++step) {
    const auto metrics = train::train_step(*on_cuda_, optimizer, {batch}, {}, 3e-3, 0.0);
    ASSERT_TRUE(metrics.finite);
    (step == 0 ? first : last) = metrics.loss;
  }
  EXPECT_LT(last, 0.5 * first);
}

INSTANTIATE_TEST_SUITE_P(Architectures, CudaModel, ::testing::Values(&small_v3, &small_llama));

}  // namespace
}  // namespace fathom
