// The rollout phase of GRPO: questions in seeded order, a group of samples for each, their rewards and advantages.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "fathom/align/grpo_options.h"
#include "fathom/align/trajectory.h"
#include "fathom/model/causal_lm.h"
#include "fathom/text/tokenizer.h"

namespace fathom::align {

// The reward of an output. The default compares with the problem's answer: score(text, answer, options.reward).
using RewardFunction = std::function<Reward(const Problem& problem, const std::string& response)>;

struct Rollout {
  std::vector<Trajectory> sampled;     // everything, group after group (also groups that were replaced)
  std::vector<std::int64_t> training;  // indices of those to train on, group after group
  std::int64_t resampled_groups = 0;
};

// What a rollout holds at most, in bytes, beside the model: the samples, and the cache of those that are decoded together.
double rollout_bytes(const GrpoOptions& options, const model::ModelConfig& config, std::int64_t longest_prompt);

class RolloutCollector {
 public:
  RolloutCollector(const model::CausalLM& model, const text::Tokenizer& tokenizer, const std::vector<Problem>& problems,
                   const GrpoOptions& options, RewardFunction reward);

  // Samples prompts_per_step groups with the policy as it is now. `step` numbers the rollout: the samples are a function of
  // (seed, step, problem, weights).
  Rollout collect(std::int64_t step);

  // Place in the endless stream of questions (every epoch in its own order); saving it saves the data position.
  std::int64_t position() const { return position_; }
  void set_position(std::int64_t position) { position_ = position; }

 private:
  std::int64_t next_problem();
  // Samples a group for each problem and appends it, scored, to `sampled`.
  void sample_groups(const std::vector<std::int64_t>& problems, std::int64_t step, std::vector<Trajectory>& sampled);

  const model::CausalLM& model_;
  const text::Tokenizer& tokenizer_;
  const std::vector<Problem>& problems_;
  const GrpoOptions& options_;
  RewardFunction reward_;
  std::vector<std::int64_t> stop_ids_;
  std::int64_t position_ = 0;
  std::int64_t epoch_ = -1;
  std::vector<std::int64_t> order_;
};

}  // namespace fathom::align
