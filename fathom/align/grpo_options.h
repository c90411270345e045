// What a GRPO run is told: the recipe keys grpo.*, rollout.*, prompt.*, with the papers' names. docs/grpo.md explains each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/align/policy_loss.h"
#include "fathom/align/rewards.h"
#include "fathom/base/recipe.h"
#include "fathom/text/chat_template.h"
#include "fathom/train/optimizer.h"
#include "fathom/train/schedule.h"

namespace fathom::align {

// What becomes of a group whose rewards are all equal: it has no advantage. keep: stays in the batch and in the denominator (the papers'
// formula); drop: leaves both; resample: replaced by a new question, a few times.
enum class EqualGroups { keep, drop, resample };

struct GrpoOptions {
  std::int64_t steps = 100;  // rollouts; each is followed by `minibatches` updates
  std::int64_t prompts_per_step = 32;
  std::int64_t group_size = 16;
  std::int64_t minibatches = 1;  // the rollout's outputs are split at random into so many updates
  EqualGroups equal_groups = EqualGroups::keep;
  std::int64_t resample_rounds = 3;
  double std_epsilon = 1e-6;
  PolicyLossOptions loss;
  std::int64_t refresh_reference_every = 400;  // updates; 0: never
  double balance_alpha = 0.0;                  // sequence-wise balance loss of MoE layers
  double bias_update_speed = 0.0;              // off: routing should change with the policy, not between rollout and update
  std::int64_t micro_batch_tokens = 16384;
  double temperature = 1.0, top_p = 1.0;
  std::int64_t top_k = 0, max_new_tokens = 512, max_batch = 64;
  std::vector<std::string> stop_strings;
  std::vector<std::int64_t> stop_ids;  // empty: as engine::end_of_sequence_ids gives them for model and tokenizer
  text::PromptFormat prompt_format = text::PromptFormat::plain;
  std::uint64_t seed = 0;
  std::int64_t checkpoint_every = 50, keep_checkpoints = 2;
  std::int64_t keep_rollouts_every = 1;  // steps whose rollouts are written for reading; 0: none
  RewardOptions reward;
  train::OptimizerOptions optimizer;
  train::LearningRateSchedule schedule;  // over updates

  std::int64_t total_updates() const { return steps * minibatches; }
  // Reads and checks every key; throws UsageError naming the key. Learning-rate schedule: constant, and no weight decay, unless said
  // otherwise.
  static GrpoOptions from_recipe(Recipe& recipe);
};

}  // namespace fathom::align
