#include "fathom/train/optimizer.h"

#include <fmt/ranges.h>

#include <cmath>
#include <string>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/model/safetensors.h"
#include "fathom/ops/adamw.h"

namespace fathom::train {
namespace {

constexpr const char* first_moment_prefix = "exp_avg/";
constexpr const char* second_moment_prefix = "exp_avg_sq/";
constexpr const char* step_key = "optimizer_steps";

std::string shape_text(at::IntArrayRef shape) { return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", ")); }

}  // namespace

OptimizerOptions OptimizerOptions::from_recipe(Recipe& recipe, const OptimizerOptions& defaults) {
  OptimizerOptions options = defaults;
  options.beta1 = recipe.get("optimizer.beta1", options.beta1);
  options.beta2 = recipe.get("optimizer.beta2", options.beta2);
  options.eps = recipe.get("optimizer.eps", options.eps);
  options.weight_decay = recipe.get("optimizer.weight_decay", options.weight_decay);
  options.clip_norm = recipe.get("optimizer.clip_norm", options.clip_norm);
  const auto in_unit = [](double value) { return value >= 0.0 && value < 1.0; };
  if (!in_unit(options.beta1) || !in_unit(options.beta2)) {
    fail_usage("recipe: optimizer.beta1 and optimizer.beta2 are expected in [0, 1), got {} and {}", options.beta1, options.beta2);
  }
  if (!(options.eps > 0.0 && std::isfinite(options.eps)))
    fail_usage("recipe key optimizer.eps: a value above 0 is expected, got {}", options.eps);
  if (!(options.weight_decay >= 0.0 && std::isfinite(options.weight_decay)))
    fail_usage("recipe key optimizer.weight_decay: 0 or more is expected, got {}", options.weight_decay);
  if (!(options.clip_norm >= 0.0 && std::isfinite(options.clip_norm)))
    fail_usage("recipe key optimizer.clip_norm: 0 (no clipping) or more is expected, got {}", options.clip_norm);
  return options;
}

Optimizer::Optimizer(std::vector<nn::Parameter> parameters, OptimizerOptions options)
    : parameters_(std::move(parameters)), options_(options) {
  exp_avg_.reserve(parameters_.size());
  exp_avg_sq_.reserve(parameters_.size());
  for (nn::Parameter& parameter : parameters_) {
    require(parameter.tensor.scalar_type() == at::kFloat, "the optimizer needs fp32 master weights; {} is {}", parameter.name,
            c10::toString(parameter.tensor.scalar_type()));
    parameter.tensor.set_requires_grad(true);
    const at::Tensor plain = parameter.tensor.detach();
    exp_avg_.push_back(at::zeros_like(plain));
    exp_avg_sq_.push_back(at::zeros_like(plain));
  }
}

Optimizer::StepResult Optimizer::step(double learning_rate, double grad_scale) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const nn::Parameter& parameter : parameters_) {
    const at::Tensor& gradient = parameter.tensor.grad();
    gradients.push_back(gradient.defined() ? gradient.contiguous() : at::Tensor());
  }
  const double norm = ops::global_norm(gradients) * grad_scale;
  if (!std::isfinite(norm)) {
    clear_gradients();
    return {norm, false};
  }
  const double clip = options_.clip_norm > 0.0 && norm > options_.clip_norm ? options_.clip_norm / norm : 1.0;
  ++steps_;
  ops::AdamWStep update{};
  update.learning_rate = learning_rate;
  update.beta1 = options_.beta1;
  update.beta2 = options_.beta2;
  update.eps = options_.eps;
  update.step = steps_;
  update.grad_scale = grad_scale * clip;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    // A parameter that took no part (an expert layer that was skipped) keeps its value and its moments.
    if (!gradients[i].defined()) continue;
    update.weight_decay = parameters_[i].decay ? options_.weight_decay : 0.0;
    at::Tensor value = parameters_[i].tensor.detach();  // the same storage, outside autograd
    ops::adamw_(value, gradients[i], exp_avg_[i], exp_avg_sq_[i], update);
  }
  clear_gradients();
  return {norm, true};
}

void Optimizer::clear_gradients() {
  for (nn::Parameter& parameter : parameters_) parameter.tensor.mutable_grad().reset();
}

void Optimizer::save(const std::filesystem::path& file) const {
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  tensors.reserve(2 * parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    tensors.emplace_back(first_moment_prefix + parameters_[i].name, exp_avg_[i]);
    tensors.emplace_back(second_moment_prefix + parameters_[i].name, exp_avg_sq_[i]);
  }
  model::write_safetensors(file, tensors, {{"format", "pt"}, {step_key, std::to_string(steps_)}});
}

void Optimizer::load(const std::filesystem::path& file) {
  const at::NoGradGuard no_grad;
  const model::SafetensorsFile moments = model::SafetensorsFile::open(file);
  const auto recorded = moments.metadata().find(step_key);
  require(recorded != moments.metadata().end(), "{}: no '{}' in the metadata; this is not an optimizer state of fathom", file.string(),
          step_key);
  std::int64_t steps = -1;
  try {
    steps = std::stoll(recorded->second);
  } catch (const std::exception&) {
  }
  require(steps >= 0, "{}: metadata '{}' is '{}', a count of steps was expected", file.string(), step_key, recorded->second);

  // Everything is checked before anything is changed.
  std::size_t expected = 0;
  for (const nn::Parameter& parameter : parameters_) {
    for (const char* prefix : {first_moment_prefix, second_moment_prefix}) {
      const std::string name = prefix + parameter.name;
      require(moments.contains(name), "{}: tensor {} is missing; the checkpoint belongs to another model", file.string(), name);
      const std::vector<std::int64_t> shape = moments.shape(name);
      require(parameter.tensor.sizes() == at::IntArrayRef(shape), "{}: tensor {} has shape {}, the model's parameter has {}", file.string(),
              name, shape_text(shape), shape_text(parameter.tensor.sizes()));
      require(moments.dtype_name(name) == "F32", "{}: tensor {} is {}, F32 was expected", file.string(), name, moments.dtype_name(name));
      ++expected;
    }
  }
  const std::size_t found = moments.names().size();
  require(found == expected, "{}: holds {} tensors where this model has {}; the checkpoint belongs to another model", file.string(), found,
          expected);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    exp_avg_[i].copy_(moments.tensor(first_moment_prefix + parameters_[i].name));
    exp_avg_sq_[i].copy_(moments.tensor(second_moment_prefix + parameters_[i].name));
  }
  steps_ = steps;
}

}  // namespace fathom::train
