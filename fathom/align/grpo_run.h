// A whole GRPO run: steps, metrics, rollouts for reading, checkpoints, the final model. Used by `fathom grpo` and `fathom quickstart`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "fathom/align/grpo.h"

namespace fathom::align {

struct GrpoRunOptions {
  std::filesystem::path out;  // metrics.jsonl, rollouts/step-N.jsonl, checkpoints/, model/
  bool resume = false;
  bool quiet = false;
  bool checkpoints = true;
  std::string recipe;                                          // the resolved recipe, written to out/recipe.toml; empty: none
  std::function<void(const GrpoTrainer::Step& step)> on_step;  // may be empty
};

struct GrpoRunResult {
  std::int64_t steps = 0, rollout_tokens = 0, train_tokens = 0;  // of this call
  double seconds = 0, rollout_seconds = 0, train_seconds = 0;
  double first_correct_share = 0, last_correct_share = 0;
  double largest_gap = 0;
  std::filesystem::path model;  // empty when interrupted
  bool interrupted = false;
};

// Runs until options().steps. On SIGINT or SIGTERM finishes the step, writes a checkpoint and returns with `interrupted`. With
// `checkpoints` throws UsageError when `out` holds a run and `resume` is false, or none and it is true (train::begin_run).
GrpoRunResult run_grpo(GrpoTrainer& trainer, model::CausalLM& model, const text::Tokenizer& tokenizer, const GrpoRunOptions& options);

// What to do when nothing is ever rewarded; the text that run_grpo prints once.
std::string no_signal_advice(const GrpoMetrics& metrics);

}  // namespace fathom::align
