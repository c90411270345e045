#include "fathom/train/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/error.h"
#include "tests/base/scratch_directory.h"

namespace fathom::train {
namespace {

nn::Parameter parameter(const std::string& name, std::vector<float> values, bool decay) { return {name, at::tensor(values), decay}; }

void set_gradient(const nn::Parameter& parameter, std::vector<float> values) {
  at::Tensor tensor = parameter.tensor;
  tensor.mutable_grad() = at::tensor(values);
}

OptimizerOptions unclipped() {
  OptimizerOptions options;
  options.clip_norm = 0.0;
  return options;
}

// Two steps worked out by hand: β 0.9/0.95, decay 0.1, learning rate 0.1.
TEST(Optimizer, TakesAdamWStepsAsWorkedOutByHand) {
  const nn::Parameter weight = parameter("w", {1.0F}, true), norm = parameter("n", {1.0F}, false);
  Optimizer optimizer({weight, norm}, unclipped());
  set_gradient(weight, {0.5F});
  set_gradient(norm, {0.5F});
  // m̂ = 0.5, v̂ = 0.25: a step of 0.1; decay takes 0.1 · 0.1 · 1 from the matrix alone.
  const Optimizer::StepResult first = optimizer.step(0.1);
  EXPECT_NEAR(first.gradient_norm, std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(weight.tensor.item<float>(), 0.89F, 1e-6);
  EXPECT_NEAR(norm.tensor.item<float>(), 0.9F, 1e-6);
  set_gradient(weight, {-0.25F});
  set_gradient(norm, {-0.25F});
  // m = 0.02, m̂ = 0.105263; v = 0.015, v̂ = 0.153846: a step of 0.0268371.
  optimizer.step(0.1);
  EXPECT_NEAR(weight.tensor.item<float>(), 0.89F - 0.0089F - 0.0268371F, 1e-6);
  EXPECT_NEAR(norm.tensor.item<float>(), 0.9F - 0.0268371F, 1e-6);
  EXPECT_EQ(optimizer.steps(), 2);
  EXPECT_FALSE(weight.tensor.grad().defined());
}

TEST(Optimizer, ClipsTheGlobalNormAfterScaling) {
  const nn::Parameter a = parameter("a", {0.0F, 0.0F}, true), b = parameter("b", {0.0F}, true);
  OptimizerOptions options;
  options.beta1 = 0.0;
  options.eps = 1.0;  // so that the size of the gradient shows in the step
  options.clip_norm = 1.0;
  Optimizer optimizer({a, b}, options);
  set_gradient(a, {6.0F, 0.0F});
  set_gradient(b, {8.0F});
  const Optimizer::StepResult result = optimizer.step(1.0, 0.5);  // norm 10 · 0.5 = 5, clipped to 1: gradients 0.6 and 0.8
  EXPECT_NEAR(result.gradient_norm, 5.0, 1e-5);
  EXPECT_NEAR(a.tensor[0].item<float>(), -0.6 / 1.6, 1e-5);
  EXPECT_NEAR(b.tensor[0].item<float>(), -0.8 / 1.8, 1e-5);
}

TEST(Optimizer, LeavesEverythingAsItWasWhenAGradientIsNotFinite) {
  const nn::Parameter a = parameter("a", {1.0F}, true), b = parameter("b", {2.0F}, true);
  Optimizer optimizer({a, b}, {});
  set_gradient(a, {0.5F});
  set_gradient(b, {std::numeric_limits<float>::quiet_NaN()});
  EXPECT_FALSE(optimizer.step(0.1).finite);
  EXPECT_EQ(a.tensor.item<float>(), 1.0F);
  EXPECT_EQ(b.tensor.item<float>(), 2.0F);
  EXPECT_EQ(optimizer.steps(), 0);
  EXPECT_FALSE(a.tensor.grad().defined());
}

TEST(Optimizer, GoesOnBitExactlyFromItsFile) {
  const ScratchDirectory scratch;
  const nn::Parameter whole = parameter("w", {1.0F, -2.0F, 3.0F}, true);
  Optimizer first({whole}, {});
  set_gradient(whole, {0.1F, 0.2F, -0.3F});
  first.step(0.01);
  first.save(scratch / "optimizer.safetensors");
  const nn::Parameter copy{"w", whole.tensor.detach().clone(), true};
  Optimizer second({copy}, {});
  second.load(scratch / "optimizer.safetensors");
  EXPECT_EQ(second.steps(), 1);
  set_gradient(whole, {0.7F, -0.1F, 0.2F});
  set_gradient(copy, {0.7F, -0.1F, 0.2F});
  first.step(0.02);
  second.step(0.02);
  EXPECT_TRUE(at::equal(whole.tensor, copy.tensor));
}

TEST(Optimizer, RefusesTheStateOfAnotherModel) {
  const ScratchDirectory scratch;
  Optimizer saved({parameter("w", {1.0F, 2.0F}, true)}, {});
  saved.save(scratch / "optimizer.safetensors");
  Optimizer other_name({parameter("v", {1.0F, 2.0F}, true)}, {});
  EXPECT_NE(message_of<Error>([&] { other_name.load(scratch / "optimizer.safetensors"); }).find("exp_avg/v"), std::string::npos);
  Optimizer other_shape({parameter("w", {1.0F}, true)}, {});
  EXPECT_NE(message_of<Error>([&] { other_shape.load(scratch / "optimizer.safetensors"); }).find("[2]"), std::string::npos);
  Optimizer fewer({}, {});
  EXPECT_THROW(fewer.load(scratch / "optimizer.safetensors"), Error);
}

TEST(Optimizer, RefusesImpossibleOptions) {
  for (const char* bad : {"beta1 = 1.0", "beta2 = -0.1", "eps = 0.0", "weight_decay = -1", "clip_norm = -1"}) {
    Recipe recipe = Recipe::parse(std::string("[optimizer]\n") + bad, "r.toml");
    EXPECT_THROW(OptimizerOptions::from_recipe(recipe), UsageError) << bad;
  }
}

}  // namespace
}  // namespace fathom::train
