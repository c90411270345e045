// One optimisation step of next-token training, shared by pre-training, SFT and distillation: forward over packed
// micro-batches, cross-entropy + balance loss + MTP loss, backward, clipping, AdamW, expert-bias update.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "fathom/base/recipe.h"
#include "fathom/data/packed_batches.h"
#include "fathom/model/causal_lm.h"
#include "fathom/train/optimizer.h"
#include "fathom/train/schedule.h"

namespace fathom::train {

struct ObjectiveOptions {
  double balance_alpha = 1e-4;                         // sequence-wise balance loss (DeepSeek-V3 §4.2)
  StepValue bias_update_speed{{0.001, 0.0}, {0.965}};  // auxiliary-loss-free balancing
  StepValue mtp_weight{{0.3, 0.1}, {0.67}};
  static ObjectiveOptions from_recipe(Recipe& recipe);  // keys objective.*
};

struct StepMetrics {
  double loss = 0;  // mean cross-entropy a target token, nats
  double mtp_loss = 0, balance_loss = 0, gradient_norm = 0;
  std::int64_t tokens = 0, target_tokens = 0;
  double expert_load_max = 0;  // largest share of an expert over its fair share, worst layer; 1 is perfect
  bool finite = true;
};

// The tensors of a batch on a device. MTP targets are derived from input_ids and targets.
struct DeviceBatch {
  at::Tensor input_ids, targets;  // [tokens] int64
  nn::ForwardContext context;
  static DeviceBatch from(const data::PackedBatch& batch, at::Device device);
};

// `fraction` of training done (for the schedules). The micro-batches are summed and divided by the number of their target tokens.
StepMetrics train_step(model::CausalLM& model, Optimizer& optimizer, const std::vector<data::PackedBatch>& micro_batches,
                       const ObjectiveOptions& objective, double learning_rate, double fraction);

// DeepSeek-V3 §2.1.2: b_i -= speed where the load is above the mean, += where below. counts and biases as CausalLM gives them.
void update_correction_biases(model::CausalLM& model, const std::vector<at::Tensor>& counts, double speed);

struct EvaluationResult {
  double loss = 0, perplexity = 0, bits_per_byte = 0;
  std::int64_t tokens = 0;
};
// Mean loss over the rows of a token file in order (no gradient), of at most its first `max_tokens` (0: all). Measured as the model
// was trained: without attend_across_documents every document stands alone, and its first token is not predicted.
EvaluationResult evaluate_loss(const model::CausalLM& model, const data::TokenCorpus& tokens, std::int64_t sequence_length,
                               std::int64_t batch_sequences, std::int64_t max_tokens = 0, bool attend_across_documents = true);

}  // namespace fathom::train
