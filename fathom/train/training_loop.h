// The loop around optimisation steps that pre-training and supervised fine-tuning share: schedule, metrics, validation,
// checkpoints, resume, interruption, and stopping on a loss that is not finite.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fathom/base/json.h"
#include "fathom/data/packed_batches.h"
#include "fathom/model/causal_lm.h"
#include "fathom/text/tokenizer.h"
#include "fathom/train/language_model_step.h"
#include "fathom/train/optimizer.h"
#include "fathom/train/schedule.h"

namespace fathom::train {

// The micro-batches of optimisation step `step` ≥ 0; a pure function of the number, so that resuming is setting the number.
using BatchSource = std::function<std::vector<data::PackedBatch>(std::int64_t step)>;

struct LoopOptions {
  std::filesystem::path out;
  std::string label = "train";  // of the progress line
  std::int64_t total_steps = 0;
  std::int64_t log_every = 1;         // steps between records of metrics.jsonl
  std::int64_t checkpoint_every = 0;  // 0: only at the end and on interruption
  std::int64_t evaluate_every = 0;    // 0: only at the end
  int keep_checkpoints = 2;
  bool quiet = false;
  LearningRateSchedule schedule;
  ObjectiveOptions objective;
  double flops_per_token = 0;  // of a training step; with peak_flops gives the utilisation
  double peak_flops = 0;       // operations a second of the machine's matrix products; 0: not measured
  std::string recipe;          // the resolved recipe, kept in checkpoints to tell a changed one

  // Keys train.checkpoint_every, train.evaluate_every, train.log_every, schedule.* and objective.*; the intervals' defaults follow
  // from total_steps.
  static LoopOptions from_recipe(Recipe& recipe, std::int64_t total_steps, double default_peak,
                                 const std::string& default_schedule = "multi-step");
};

struct LoopResult {
  std::int64_t steps = 0, tokens = 0;  // of the whole run, resumed parts included
  double seconds = 0;                  // in training steps, resumed parts included; validation and saving not counted
  StepMetrics last;
  std::optional<EvaluationResult> validation;  // the last one
  bool interrupted = false;
  double tokens_per_second() const { return seconds > 0 ? static_cast<double>(tokens) / seconds : 0; }
};

class TrainingLoop {
 public:
  // All references outlive the loop. `tokenizer` may be null; `evaluate` may be empty.
  TrainingLoop(model::CausalLM& model, Optimizer& optimizer, const text::Tokenizer* tokenizer, BatchSource source,
               std::function<EvaluationResult()> evaluate, LoopOptions options);

  // Takes weights, moments and position from the newest checkpoint under options.out. Throws Error when there is none.
  // Says on standard error which lines of the recipe have changed since.
  void resume();

  // Trains to the last step. Appends to OUT/metrics.jsonl, writes OUT/checkpoints/step-N. On SIGINT or SIGTERM finishes the
  // step, writes a checkpoint and returns with `interrupted`. Throws Error naming the step when loss or gradient is not
  // finite: weights and checkpoints stay as they were before that step.
  LoopResult run();

 private:
  void checkpoint();
  OrderedJson record(const StepMetrics& metrics, double learning_rate, double tokens_per_second) const;
  double utilisation(double tokens_per_second) const;
  void validate();
  std::string checkpoint_before(std::int64_t step) const;
  [[noreturn]] void stop_not_finite(const StepMetrics& metrics) const;

  model::CausalLM& model_;
  Optimizer& optimizer_;
  const text::Tokenizer* tokenizer_;
  BatchSource source_;
  std::function<EvaluationResult()> evaluate_;
  LoopOptions options_;
  std::int64_t step_ = 0, saved_step_ = -1;
  LoopResult result_;
};

}  // namespace fathom::train
