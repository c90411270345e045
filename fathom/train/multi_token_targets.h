// What the multi-token-prediction modules read and predict, derived from a packed batch (DeepSeek-V3 §2.2).
#pragma once

#include <ATen/ATen.h>

#include "fathom/ops/packed.h"

namespace fathom::train {

struct MultiTokenTargets {
  at::Tensor next_ids;  // [tokens] int64: input to module `depth`, the id depth + 1 places further on
  at::Tensor targets;   // [tokens] int64: the id depth + 2 places further on, ops::ignore_index where there is none
};

// For module `depth` (0-based). Position i of a sequence reads id i + depth + 1 and predicts id i + depth + 2, that is the main
// model's target depth + 1 places further on. Nothing is taken from beyond the sequence's end or from an ignored target: there the
// target is ops::ignore_index and the input repeats the position's own id (its value reaches no loss: attention is causal and the
// positions that lack an input are the last ones of their sequence).
// input_ids, targets [tokens] int64 on one device.
MultiTokenTargets multi_token_targets(const at::Tensor& input_ids, const at::Tensor& targets, const ops::PackedSequences& sequences,
                                      std::int64_t depth);

}  // namespace fathom::train
