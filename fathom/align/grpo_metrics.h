// What a GRPO step reports, and for each number a sentence that says what is normal.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "fathom/align/trajectory.h"
#include "fathom/base/json.h"

namespace fathom::align {

struct GrpoMetrics {
  std::int64_t step = 0, updates = 0;
  // Of the rollout: means over all outputs sampled in this step.
  double reward = 0, accuracy = 0, format = 0, language = 0;  // the reward and the parts as they were earned
  double correct_share = 0, unparsable_share = 0, truncated_share = 0, thinking_share = 0;
  double response_mean = 0;  // tokens
  std::int64_t response_max = 0, outputs = 0, resampled_groups = 0;
  double no_signal_share = 0;  // of groups, by exact comparison
  // Of training: means over the tokens of all mini-batches.
  double kl = 0, entropy = 0, clip_share = 0, gradient_norm = 0, learning_rate = 0;
  double gap_mean = 0, gap_max = 0;  // |log-prob of rollout - of training| before the first update
  std::int64_t rollout_tokens = 0, train_tokens = 0;
  double rollout_seconds = 0, train_seconds = 0;

  // Fills the rollout's part from all outputs of a step.
  void measure_rollout(const std::vector<Trajectory>& trajectories, std::int64_t group_size);
  OrderedJson to_json() const;
};

struct MetricDescription {
  std::string_view name, text;
};
// Every key of to_json(), in its order.
const std::vector<MetricDescription>& grpo_metric_descriptions();

}  // namespace fathom::align
