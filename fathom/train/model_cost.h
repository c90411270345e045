// What a model costs on paper, from its config alone: parameters, operations and remembered values a token.
#pragma once

#include <cstdint>

#include "fathom/model/config.h"

namespace fathom::train {

struct ModelCost {
  // Parameters. `active`: those one token uses, embedding not counted, MTP modules not counted (they are dropped at inference).
  std::int64_t parameters = 0, active_parameters = 0, embedding_parameters = 0, mtp_parameters = 0;
  // Floating-point operations a token of one training step (forward and backward, MTP included): 6 for each weight of a matrix
  // product plus the scores and weighted values of causal attention at this sequence length. Recomputation is not counted.
  double training_flops = 0;
  // fp32 values that one token leaves for the backward pass (saved inputs and outputs of the operations, MTP included).
  double saved_values = 0;
};

// Sequences of `sequence_length` tokens, each attending to the half before it on average.
ModelCost model_cost(const model::ModelConfig& config, std::int64_t sequence_length);

}  // namespace fathom::train
