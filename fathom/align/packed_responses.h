// Trajectories as one packed sequence batch: prompts and responses go through the model, only response tokens are projected.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "fathom/align/trajectory.h"
#include "fathom/model/causal_lm.h"
#include "fathom/nn/forward_context.h"
#include "fathom/ops/cross_entropy.h"

namespace fathom::align {

struct PackedResponses {
  at::Tensor input_ids;               // [tokens] int64: prompt and response without its last token, of each trajectory in turn
  at::Tensor rows;                    // [response tokens] int64: the positions that predict them
  at::Tensor targets;                 // [response tokens] int64
  nn::ForwardContext context;         // each trajectory is a sequence of its own
  std::vector<std::int64_t> lengths;  // response tokens of each trajectory

  static PackedResponses from(const std::vector<const Trajectory*>& trajectories, const std::vector<Problem>& problems, at::Device device);
};

// Log-probabilities and entropy of the response tokens at a sampling temperature, in the order of `targets`. With gradient
// unless autograd is off. `routing` (may be null) receives what the routers did.
ops::TokenLogProbs response_log_probs(const model::CausalLM& model, const PackedResponses& packed, double temperature,
                                      nn::RoutingRecord* routing = nullptr);

// Splits trajectories in order into runs of at most `max_tokens` input tokens (a longer trajectory stands alone).
std::vector<std::vector<const Trajectory*>> split_by_tokens(const std::vector<const Trajectory*>& trajectories,
                                                            const std::vector<Problem>& problems, std::int64_t max_tokens);

}  // namespace fathom::align
