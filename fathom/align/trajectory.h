// One sampled answer on its way from rollout to training. Token ids travel; text is only read by the rewards and by people.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fathom/align/rewards.h"

namespace fathom::align {

// A question with an answer that can be checked.
struct Problem {
  std::string prompt;  // as the task states it; for reading
  std::string answer;
  std::vector<std::int64_t> prompt_ids;  // rendered in the prompt format
  std::string opening;                   // what the prompt already holds of the reply (text::reply_opening)
};

struct Trajectory {
  std::int64_t problem = 0;                // index of the problem
  std::int64_t group = 0;                  // within the rollout
  std::vector<std::int64_t> ids;           // sampled tokens, the stop token included
  std::vector<float> log_probs;            // of each, when it was sampled
  std::vector<float> reference_log_probs;  // of each, by the reference policy; empty without one
  bool truncated = false;                  // ended by the length limit
  std::string text;                        // the reply: the problem's opening and what was sampled
  Reward reward;
  double advantage = 0;
};

}  // namespace fathom::align
