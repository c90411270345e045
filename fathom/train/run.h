// What every training run shares around its loop: where it writes, on what it computes, and what it says before it begins.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "fathom/base/json.h"
#include "fathom/base/output_lock.h"
#include "fathom/base/recipe.h"
#include "fathom/model/causal_lm.h"
#include "fathom/train/memory_plan.h"
#include "fathom/train/training_loop.h"

namespace fathom::train {

struct RunSettings {
  std::filesystem::path out;
  at::Device device = at::kCPU;
  bool resume = false;
  bool quiet = false;  // no progress and no cards on standard error
};

// Creates OUT and locks it against other runs. Throws UsageError when a run is there already and `resume` is false, or no checkpoint is
// there and it is true; Error when another process is writing there.
[[nodiscard]] FileLock begin_run(const RunSettings& settings);

// Key train.seed, 0 or more.
std::uint64_t seed_from_recipe(Recipe& recipe);

// Key train.precision: fp32 or bf16 (activations over fp32 masters; CUDA only). Default: fp32 on the CPU, bf16 on CUDA.
at::ScalarType precision_from_recipe(Recipe& recipe, at::Device device);

// "deepseek_v3, 1.03 M parameters (…)": for people.
std::string model_card(const model::ModelConfig& config, const ModelCost& cost);
std::string device_card(at::Device device, at::ScalarType precision, double peak_flops);
OrderedJson model_summary(const model::ModelConfig& config, const ModelCost& cost);

// DeepSeek LLM §3.1: the learning rate near the optimum for a compute budget (operations), η = 0.3118 · C^-0.125; at most 4e-3, as the
// law was fitted from 1e17 operations on.
double scaling_law_learning_rate(double operations);

// What a finished (or interrupted) run reports under "training".
OrderedJson loop_summary(const LoopResult& result, const ModelCost& cost, double peak_flops);

}  // namespace fathom::train
