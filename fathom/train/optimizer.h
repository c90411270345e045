// AdamW over a model's parameters with global-norm clipping. Moments are fp32; norms and biases are not decayed.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "fathom/base/recipe.h"
#include "fathom/nn/module.h"

namespace fathom::train {

struct OptimizerOptions {
  double beta1 = 0.9, beta2 = 0.95, eps = 1e-8, weight_decay = 0.1, clip_norm = 1.0;      // DeepSeek-V3 §4.2
  static OptimizerOptions from_recipe(Recipe& recipe, const OptimizerOptions& defaults);  // keys optimizer.*
  static OptimizerOptions from_recipe(Recipe& recipe) { return from_recipe(recipe, {}); }
};

class Optimizer {
 public:
  Optimizer(std::vector<nn::Parameter> parameters, OptimizerOptions options);

  struct StepResult {
    double gradient_norm;
    bool finite;
  };
  // Gradients are multiplied by `grad_scale`, clipped to clip_norm, applied, and cleared. When the norm is not finite nothing
  // is changed but the gradients are cleared, and `finite` is false.
  StepResult step(double learning_rate, double grad_scale = 1.0);
  void clear_gradients();

  std::int64_t steps() const { return steps_; }
  // Moments and step count as safetensors; load throws Error when names or shapes differ from the model's.
  void save(const std::filesystem::path& file) const;
  void load(const std::filesystem::path& file);
  const std::vector<nn::Parameter>& parameters() const { return parameters_; }

 private:
  std::vector<nn::Parameter> parameters_;
  std::vector<at::Tensor> exp_avg_, exp_avg_sq_;
  OptimizerOptions options_;
  std::int64_t steps_ = 0;
};

}  // namespace fathom::train
