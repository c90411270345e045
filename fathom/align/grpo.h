// Group relative policy optimisation (DeepSeekMath §4; DeepSeek-R1 §2.2.1): samples groups of answers, scores them by rule, and
// makes those better than their group more likely. Policy, rollouts and reference share one model definition and its kernels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "fathom/align/grpo_metrics.h"
#include "fathom/align/grpo_options.h"
#include "fathom/align/rollout.h"
#include "fathom/align/trajectory.h"
#include "fathom/base/json.h"
#include "fathom/model/causal_lm.h"
#include "fathom/text/tokenizer.h"
#include "fathom/train/optimizer.h"

namespace fathom::align {

class GrpoTrainer {
 public:
  // The model, the tokenizer and the problems must outlive the trainer. The reference policy starts as a copy of the model (only if
  // beta > 0). Without a reward function answers are judged by score() with options.reward. MTP modules are left as they are.
  GrpoTrainer(model::CausalLM& model, const text::Tokenizer& tokenizer, std::vector<Problem> problems, GrpoOptions options,
              RewardFunction reward = {});

  struct Step {
    GrpoMetrics metrics;
    std::vector<Trajectory> sampled;
  };
  // One rollout and its updates. Throws Error when a loss or gradient is not finite (the weights are then those of the last good update).
  Step step();

  std::int64_t steps_done() const { return steps_; }
  const GrpoOptions& options() const { return options_; }
  const train::Optimizer& optimizer() const { return optimizer_; }
  const std::vector<Problem>& problems() const { return problems_; }

  // For checkpoints: what beside weights and moments decides how the run goes on. save_extra writes the reference policy.
  Json state() const;
  void save_extra(const std::filesystem::path& trainer_directory) const;
  // Continues from a checkpoint bit-exactly: weights, moments, reference, data position, counters. Throws Error when the
  // checkpoint was made with another seed or other problems.
  void resume(const std::filesystem::path& checkpoint);

 private:
  void add_reference_log_probs(Rollout& rollout) const;
  void update(const std::vector<const Trajectory*>& minibatch, bool first, GrpoMetrics& metrics, struct TrainingSums& sums);
  std::uint64_t problems_fingerprint() const;

  model::CausalLM& model_;
  std::vector<Problem> problems_;
  GrpoOptions options_;
  RolloutCollector rollouts_;
  train::Optimizer optimizer_;
  std::unique_ptr<model::CausalLM> reference_;
  std::int64_t steps_ = 0, updates_ = 0;
};

}  // namespace fathom::align
