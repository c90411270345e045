// What the quickstart found, as one self-contained HTML page (no scripts, no other files).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fathom/base/json.h"

namespace fathom::quickstart {

struct Stage {
  std::string key, title;  // "pretrain", "Pre-training"
  std::int64_t tokens = 0;
  double seconds = 0;
  std::string note;  // what came out of it, for people
  double tokens_per_second() const { return seconds > 0 ? static_cast<double>(tokens) / seconds : 0; }
};

// One held-out question, answered before and after.
struct Sample {
  std::string question, answer, before, after;
  bool before_right = false, after_right = false;
};

struct Evaluation {
  double accuracy = 0, accuracy_low = 0, accuracy_high = 0;  // share, with its 95% interval
  double mean_tokens = 0, thinking_share = 0;
};

struct Findings {
  Evaluation base, rl;
  std::int64_t heldout_problems = 0, samples_per_problem = 1, parameters = 0, active_parameters = 0;
  std::string architecture;  // a line about the model
  double seconds = 0, largest_log_prob_gap = 0;
  std::uint64_t seed = 0;
  int threads = 0;
  std::vector<Stage> stages;
  std::vector<Sample> samples;
  std::vector<Json> pretrain_metrics, grpo_metrics;  // records of the two metrics.jsonl
  std::vector<std::string> next_commands, next_ideas;
  bool thinking_paid = false;  // accuracy and length both rose clearly
};

OrderedJson summary_json(const Findings& findings);
std::string render_report(const Findings& findings);

}  // namespace fathom::quickstart
