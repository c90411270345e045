#include "fathom/train/language_model_step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/error.h"
#include "fathom/ops/cross_entropy.h"
#include "tests/train/tiny_training.h"

namespace fathom::train {
namespace {

data::PackedBatch rows_of(const data::PackedBatch& batch, std::int64_t first, std::int64_t count, std::int64_t length) {
  const auto part = [&](const std::vector<std::int64_t>& values) {
    return std::vector<std::int64_t>(values.begin() + first * length, values.begin() + (first + count) * length);
  };
  data::PackedBatch result{part(batch.input_ids), part(batch.targets), part(batch.positions), {0}};
  for (std::int64_t row = 1; row <= count; ++row) result.cu_seqlens.push_back(static_cast<std::int32_t>(row * length));
  return result;
}

std::vector<at::Tensor> gradients_of_step(const std::vector<data::PackedBatch>& micro_batches, const ObjectiveOptions& objective) {
  // A learning rate of 1 with β1 = 0, no decay and a huge ε makes the step minus the gradient over ε.
  const auto model = tiny_model();
  OptimizerOptions options;
  options.beta1 = 0.0;
  options.weight_decay = 0.0;
  options.clip_norm = 0.0;
  options.eps = 1e4;
  std::vector<at::Tensor> before;
  for (const nn::Parameter& parameter : model->parameters()) before.push_back(parameter.tensor.detach().clone());
  Optimizer optimizer(model->parameters(), options);
  train_step(*model, optimizer, micro_batches, objective, 1e4, 0.0);
  std::vector<at::Tensor> gradients;
  for (std::size_t i = 0; i < before.size(); ++i) gradients.push_back(before[i] - model->parameters()[i].tensor.detach());
  return gradients;
}

TEST(LanguageModelStep, MicroBatchesSumToTheWholeBatch) {
  const std::int64_t length = 12;
  data::PackedBatch whole = pattern_batch(4, length, 0);
  // Unequal numbers of targets: a mean of means would be wrong.
  for (std::size_t i = 0; i < 20; ++i) whole.targets[i] = ops::ignore_index;
  ObjectiveOptions objective;
  objective.bias_update_speed = {{0.0}, {}};
  const auto one = gradients_of_step({whole}, objective);
  const auto two = gradients_of_step({rows_of(whole, 0, 1, length), rows_of(whole, 1, 3, length)}, objective);
  ASSERT_EQ(one.size(), two.size());
  double largest = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_LT((one[i] - two[i]).abs().max().item<double>(), 2e-5);
    largest = std::max(largest, one[i].abs().max().item<double>());
  }
  EXPECT_GT(largest, 1e-3);
}

TEST(LanguageModelStep, LossIsTheMeanCrossEntropyOfTheTargets) {
  const auto model = tiny_model();
  const data::PackedBatch batch = pattern_batch(2, 10, 3);
  double expected = 0;
  {
    const at::NoGradGuard no_grad;
    const DeviceBatch device = DeviceBatch::from(batch, at::kCPU);
    const at::Tensor logits = model->logits(model->forward(device.input_ids, device.context));
    expected = -at::log_softmax(logits, -1).gather(1, device.targets.unsqueeze(1)).mean().item<double>();
  }
  Optimizer optimizer(model->parameters(), {});
  const StepMetrics metrics = train_step(*model, optimizer, {batch}, {}, 1e-3, 0.0);
  EXPECT_NEAR(metrics.loss, expected, 1e-5);
  EXPECT_EQ(metrics.tokens, 20);
  EXPECT_EQ(metrics.target_tokens, 20);
  EXPECT_GT(metrics.mtp_loss, 0.0);
  EXPECT_GT(metrics.balance_loss, 0.0);
  EXPECT_GE(metrics.expert_load_max, 1.0);
  EXPECT_TRUE(metrics.finite);
}

TEST(LanguageModelStep, MtpModuleTrainsOnlyWithItsWeight) {
  ObjectiveOptions with, without;
  without.mtp_weight = {{0.0}, {}};
  const auto model = tiny_model();
  const auto parameters = model->parameters();
  const auto moved = [&](const ObjectiveOptions& objective) {
    const auto gradients = gradients_of_step({pattern_batch(2, 10, 0)}, objective);
    bool any = false;
    // MTP weights stand under the layer number after the last one (DeepSeek-V3's checkpoints).
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (parameters[i].name.find("layers.2.") != std::string::npos) any = any || gradients[i].abs().max().item<float>() > 0;
    }
    return any;
  };
  EXPECT_TRUE(moved(with));
  EXPECT_FALSE(moved(without));
}

TEST(LanguageModelStep, CorrectionBiasesMoveAgainstTheLoad) {
  const auto model = tiny_model();
  std::vector<at::Tensor> biases = model->correction_biases();
  ASSERT_EQ(biases.size(), 2U);  // one expert layer and the MTP module's
  for (at::Tensor& bias : biases) bias.zero_();
  const std::vector<std::int64_t> load = {10, 2, 6, 6};
  update_correction_biases(*model, {at::tensor(load, at::kLong)}, 0.001);
  const at::Tensor expected = at::tensor(std::vector<float>{-0.001F, 0.001F, 0.0F, 0.0F});
  EXPECT_TRUE(at::equal(model->correction_biases()[0], expected));
  EXPECT_TRUE(at::equal(model->correction_biases()[1], at::zeros({4})));
  // Twice the update adds up; speed 0 changes nothing.
  update_correction_biases(*model, {at::tensor(load, at::kLong)}, 0.001);
  update_correction_biases(*model, {at::tensor(load, at::kLong)}, 0.0);
  EXPECT_TRUE(at::allclose(model->correction_biases()[0], 2 * expected));
}

TEST(LanguageModelStep, BiasesAreUpdatedOnceAStepOnAllMicroBatches) {
  const auto model = tiny_model();
  for (at::Tensor bias : model->correction_biases()) bias.zero_();
  Optimizer optimizer(model->parameters(), {});
  train_step(*model, optimizer, {pattern_batch(2, 10, 0), pattern_batch(2, 10, 1)}, {}, 1e-3, 0.0);
  for (const at::Tensor& bias : model->correction_biases()) EXPECT_NEAR(bias.abs().max().item<double>(), 0.001, 1e-9);
  // After the schedule's end (DeepSeek-V3: the last 500 B tokens) they stand still.
  const at::Tensor before = model->correction_biases()[0].clone();
  train_step(*model, optimizer, {pattern_batch(2, 10, 2)}, {}, 1e-3, 0.99);
  EXPECT_TRUE(at::equal(before, model->correction_biases()[0]));
}

TEST(LanguageModelStep, OverfitsARepeatedBatch) {
  const auto model = tiny_model();
  Optimizer optimizer(model->parameters(), {});
  const data::PackedBatch batch = pattern_batch(4, 16, 0);
  StepMetrics metrics;
  double first = 0;
  for (int step = 0; step < 60; ++step) {
    metrics = train_step(*model, optimizer, {batch}, {}, 1e-2, 0.0);
    if (step == 0) first = metrics.loss;
  }
  EXPECT_NEAR(first, std::log(31.0), 0.5);
  EXPECT_LT(metrics.loss, 0.2);
  EXPECT_LT(metrics.mtp_loss, 1.0);
}

TEST(LanguageModelStep, ChangesNothingWhenTheLossIsNotFinite) {
  const auto model = tiny_model();
  {
    const at::NoGradGuard no_grad;
    model->parameters().front().tensor.fill_(std::numeric_limits<float>::quiet_NaN());
  }
  Optimizer optimizer(model->parameters(), {});
  const auto before = snapshot(*model);
  const StepMetrics metrics = train_step(*model, optimizer, {pattern_batch(1, 8, 0)}, {}, 1e-2, 0.0);
  EXPECT_FALSE(metrics.finite);
  const auto after = snapshot(*model);
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(at::allclose(before[i], after[i], 0, 0, /*equal_nan=*/true));
  EXPECT_EQ(optimizer.steps(), 0);
}

TEST(LanguageModelStep, RefusesAStepWithoutTargets) {
  const auto model = tiny_model();
  Optimizer optimizer(model->parameters(), {});
  data::PackedBatch batch = pattern_batch(1, 8, 0);
  std::fill(batch.targets.begin(), batch.targets.end(), ops::ignore_index);
  EXPECT_THROW(train_step(*model, optimizer, {batch}, {}, 1e-2, 0.0), Error);
}

}  // namespace
}  // namespace fathom::train
