// The GRPO objective (DeepSeekMath eq. 3 per token, DeepSeek-R1 eq. 1-3 per whole output) on log-probabilities that are already there.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace fathom::align {

// Exact comparison: whether the group gives no signal. True for an empty group.
bool equal_rewards(const std::vector<double>& rewards);

// A_i = (r_i - mean) / (std + epsilon) with the population standard deviation (divided by the group's size, as the papers write it).
// Exactly zero for a group of equal rewards, whatever rounding says.
std::vector<double> group_advantages(const std::vector<double>& rewards, double epsilon);

struct PolicyLossOptions {
  // The ratio is clipped to [1 - clip_low, 1 + clip_high]. R1's ε = 10 is clip_low = clip_high = 10: capped at 11, never from below.
  double clip_low = 0.2, clip_high = 0.2;
  double beta = 0.001;           // weight of the KL estimate; 0: no reference is needed
  bool per_output = false;       // one ratio and one KL for a whole output (R1) instead of one a token (DeepSeekMath)
  bool mean_over_batch = false;  // per token only: mean over all tokens of the mini-batch instead of outputs first
};

// Tokens of several outputs laid end to end: output i has lengths[i] tokens. All tensors fp32 (or all double), on one device.
struct PolicyLossInput {
  at::Tensor log_probs;            // [tokens], of the policy, with gradient
  at::Tensor old_log_probs;        // [tokens], recorded when the tokens were sampled
  at::Tensor reference_log_probs;  // [tokens]; undefined when beta is 0
  std::vector<double> advantages;  // [outputs]
  std::vector<std::int64_t> lengths;
  // Of the whole mini-batch that this is a part of: what means divide by. Micro-batches then add up to the same loss.
  std::int64_t minibatch_outputs = 0, minibatch_tokens = 0;
};

struct PolicyLoss {
  at::Tensor loss;           // scalar, to be minimised; the share of this part in the mini-batch's mean
  double kl_sum = 0;         // k3 estimates π_ref/π - log(π_ref/π) - 1, summed over the terms; 0 without a reference
  std::int64_t clipped = 0;  // terms whose gradient the clipping removes
  std::int64_t terms = 0;    // tokens, or outputs with per_output
};
PolicyLoss policy_loss(const PolicyLossInput& input, const PolicyLossOptions& options);

}  // namespace fathom::align
