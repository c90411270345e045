#include "fathom/align/grpo_metrics.h"

#include <algorithm>

#include "fathom/align/policy_loss.h"
#include "fathom/align/response_parts.h"

namespace fathom::align {

void GrpoMetrics::measure_rollout(const std::vector<Trajectory>& trajectories, std::int64_t group_size) {
  outputs = static_cast<std::int64_t>(trajectories.size());
  if (outputs == 0) return;
  std::vector<double> group;
  std::int64_t silent = 0, groups = 0;
  for (const Trajectory& t : trajectories) {
    reward += t.reward.total;
    accuracy += t.reward.accuracy;
    format += t.reward.format;
    language += t.reward.language;
    correct_share += t.reward.verdict == Verdict::correct ? 1 : 0;
    unparsable_share += t.reward.verdict == Verdict::unparsable ? 1 : 0;
    truncated_share += t.truncated ? 1 : 0;
    thinking_share += thinks(t.text) ? 1 : 0;
    const auto length = static_cast<std::int64_t>(t.ids.size());
    rollout_tokens += length;
    response_max = std::max(response_max, length);
    group.push_back(t.reward.total);
    if (static_cast<std::int64_t>(group.size()) == group_size) {
      silent += equal_rewards(group) ? 1 : 0;
      ++groups;
      group.clear();
    }
  }
  const auto count = static_cast<double>(outputs);
  for (double* sum : {&reward, &accuracy, &format, &language, &correct_share, &unparsable_share, &truncated_share, &thinking_share})
    *sum /= count;
  response_mean = static_cast<double>(rollout_tokens) / count;
  no_signal_share = groups > 0 ? static_cast<double>(silent) / static_cast<double>(groups) : 0.0;
}

OrderedJson GrpoMetrics::to_json() const {
  const auto rate = [](std::int64_t tokens, double seconds) { return seconds > 0 ? static_cast<double>(tokens) / seconds : 0.0; };
  return {{"step", step},
          {"updates", updates},
          {"reward", reward},
          {"reward_accuracy", accuracy},
          {"reward_format", format},
          {"reward_language", language},
          {"correct_share", correct_share},
          {"unparsable_share", unparsable_share},
          {"truncated_share", truncated_share},
          {"thinking_share", thinking_share},
          {"response_mean", response_mean},
          {"response_max", response_max},
          {"no_signal_share", no_signal_share},
          {"resampled_groups", resampled_groups},
          {"kl", kl},
          {"entropy", entropy},
          {"clip_share", clip_share},
          {"gradient_norm", gradient_norm},
          {"learning_rate", learning_rate},
          {"log_prob_gap_mean", gap_mean},
          {"log_prob_gap_max", gap_max},
          {"rollout_tokens", rollout_tokens},
          {"train_tokens", train_tokens},
          {"rollout_tokens_per_second", rate(rollout_tokens, rollout_seconds)},
          {"train_tokens_per_second", rate(train_tokens, train_seconds)}};
}

const std::vector<MetricDescription>& grpo_metric_descriptions() {
  static const std::vector<MetricDescription> descriptions = {
      {"step", "Rollouts done; counts from 1."},
      {"updates", "Policy updates done: steps times mini-batches, less what had no signal."},
      {"reward", "Mean reward of the sampled outputs. Normal: it rises, quickly at first, and wavers by a few hundredths."},
      {"reward_accuracy", "The part earned by right answers, before its weight."},
      {"reward_format", "The part earned by the format, before its weight. Normal: it reaches 1 long before accuracy is done."},
      {"reward_language", "The part earned by reasoning in the target language. 0 when its weight is 0."},
      {"correct_share",
       "Share of right answers, whether or not their format let them earn anything. Near 0 from the start: there is no signal."},
      {"unparsable_share",
       "Share of outputs without a readable answer; they earn nothing. Normal: falls to 0. Rising: outputs get cut off or the format "
       "decays."},
      {"truncated_share", "Share of outputs that the length limit ended. Normal: under 0.05. More: raise rollout.max_new_tokens."},
      {"thinking_share", "Share of outputs with something written inside a closed <think>."},
      {"response_mean", "Mean tokens of an output. Normal: grows while thinking pays; growing without reward is rambling."},
      {"response_max", "Tokens of the longest output."},
      {"no_signal_share",
       "Share of groups whose rewards are all equal. Normal: 0.2 to 0.8, high at the very beginning and end. At 1 nothing is learned."},
      {"resampled_groups", "Groups replaced by other questions (grpo.equal_groups = resample)."},
      {"kl",
       "Estimated divergence from the reference policy, nats a token (or output). Normal: starts at 0, grows slowly. Above 1 a token: "
       "lower the rate or raise grpo.beta."},
      {"entropy",
       "Mean entropy of the next token, nats. Normal: falls slowly. A fall to 0 while accuracy is low is a collapse: lower the learning "
       "rate."},
      {"clip_share",
       "Share of terms whose gradient the clipping removed. Normal: 0 with one mini-batch a rollout, under 0.2 with several."},
      {"gradient_norm",
       "Largest norm of the step's updates before clipping. Normal: the same order of magnitude throughout. 0: no signal."},
      {"learning_rate", "Rate of the last update."},
      {"log_prob_gap_mean",
       "Mean difference between the log-probabilities of rollout and training before the first update. Normal: rounding, about 1e-6 in "
       "fp32, 1e-2 in bf16."},
      {"log_prob_gap_max",
       "The largest such difference. Normal: under 1e-3 in fp32; up to about 1 in bf16, where rounding can send a token to another expert. "
       "More: rollout and training disagree, stop."},
      {"rollout_tokens", "Tokens sampled in the step."},
      {"train_tokens", "Prompt and response tokens that went through training."},
      {"rollout_tokens_per_second", "Speed of sampling."},
      {"train_tokens_per_second", "Speed of training, the reference's pass included."}};
  return descriptions;
}

}  // namespace fathom::align
