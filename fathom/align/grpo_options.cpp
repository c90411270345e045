#include "fathom/align/grpo_options.h"

#include "fathom/base/error.h"

namespace fathom::align {

namespace {

std::int64_t at_least(Recipe& recipe, const char* key, std::int64_t fallback, std::int64_t least) {
  const std::int64_t value = recipe.get(key, fallback);
  if (value < least) fail_usage("recipe key {}: {} or more is expected, got {}", key, least, value);
  return value;
}

double at_least(Recipe& recipe, const char* key, double fallback, double least) {
  const double value = recipe.get(key, fallback);
  if (!(value >= least)) fail_usage("recipe key {}: {} or more is expected, got {}", key, least, value);
  return value;
}

EqualGroups equal_groups_from(const std::string& name) {
  if (name == "drop") return EqualGroups::drop;
  return name == "resample" ? EqualGroups::resample : EqualGroups::keep;
}

// The defaults of pre-training do not suit a run of small updates.
void set_default(Recipe& recipe, const char* key, const std::string& value) {
  if (!recipe.has(key)) recipe.set(std::string(key) + "=" + value);
}

}  // namespace

GrpoOptions GrpoOptions::from_recipe(Recipe& recipe) {
  GrpoOptions o;
  o.seed = static_cast<std::uint64_t>(at_least(recipe, "seed", std::int64_t{0}, 0));
  o.steps = at_least(recipe, "grpo.steps", o.steps, 1);
  o.prompts_per_step = at_least(recipe, "grpo.prompts_per_step", o.prompts_per_step, 1);
  o.group_size = at_least(recipe, "grpo.group_size", o.group_size, 2);
  o.minibatches = at_least(recipe, "grpo.minibatches", o.minibatches, 1);
  if (o.minibatches > o.prompts_per_step * o.group_size)
    fail_usage("recipe key grpo.minibatches: {} mini-batches of {} outputs a step would be empty", o.minibatches,
               o.prompts_per_step * o.group_size);
  o.loss.clip_low = at_least(recipe, "grpo.clip_low", o.loss.clip_low, 0.0);
  o.loss.clip_high = at_least(recipe, "grpo.clip_high", o.loss.clip_high, 0.0);
  o.loss.beta = at_least(recipe, "grpo.beta", o.loss.beta, 0.0);
  o.loss.per_output = recipe.choose("grpo.ratio", "token", {"token", "output"}) == "output";
  o.loss.mean_over_batch = recipe.choose("grpo.token_mean", "output", {"output", "batch"}) == "batch";
  o.equal_groups = equal_groups_from(recipe.choose("grpo.equal_groups", "keep", {"keep", "drop", "resample"}));
  o.resample_rounds = at_least(recipe, "grpo.resample_rounds", o.resample_rounds, 1);
  o.std_epsilon = at_least(recipe, "grpo.std_epsilon", o.std_epsilon, 0.0);
  o.refresh_reference_every = at_least(recipe, "grpo.refresh_reference_every", o.refresh_reference_every, 0);
  o.balance_alpha = at_least(recipe, "grpo.balance_alpha", o.balance_alpha, 0.0);
  o.bias_update_speed = at_least(recipe, "grpo.bias_update_speed", o.bias_update_speed, 0.0);
  o.micro_batch_tokens = at_least(recipe, "grpo.micro_batch_tokens", o.micro_batch_tokens, 1);
  o.temperature = recipe.get("rollout.temperature", o.temperature);
  if (!(o.temperature > 0.0))
    fail_usage("recipe key rollout.temperature: more than 0 is expected, got {}: equal samples of a question teach nothing", o.temperature);
  o.top_p = recipe.get("rollout.top_p", o.top_p);
  if (!(o.top_p > 0.0 && o.top_p <= 1.0)) fail_usage("recipe key rollout.top_p: a value in (0, 1] is expected, got {}", o.top_p);
  o.top_k = at_least(recipe, "rollout.top_k", o.top_k, 0);
  o.max_new_tokens = at_least(recipe, "rollout.max_new_tokens", o.max_new_tokens, 1);
  o.max_batch = at_least(recipe, "rollout.max_batch", o.max_batch, 1);
  o.stop_strings = recipe.get("rollout.stop_strings", o.stop_strings);
  o.prompt_format = text::prompt_format(recipe.get("prompt.format", "plain"));
  o.checkpoint_every = at_least(recipe, "run.checkpoint_every", o.checkpoint_every, 0);
  o.keep_checkpoints = at_least(recipe, "run.keep_checkpoints", o.keep_checkpoints, 1);
  o.keep_rollouts_every = at_least(recipe, "run.keep_rollouts_every", o.keep_rollouts_every, 0);
  o.reward = RewardOptions::from_recipe(recipe);
  set_default(recipe, "optimizer.weight_decay", "0.0");
  o.optimizer = train::OptimizerOptions::from_recipe(recipe);
  set_default(recipe, "schedule.kind", "constant");
  o.schedule = train::LearningRateSchedule::from_recipe(recipe, o.total_updates(), 1e-6);
  return o;
}

}  // namespace fathom::align
