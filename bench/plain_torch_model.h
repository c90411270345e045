// The same DeepSeek-V3-type model as a libtorch user would write it: batched rows, tensor operations, autograd, a fused-list AdamW.
// The peer that bench/train_bench measures fathom against; nothing else uses it.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fathom/data/packed_batches.h"
#include "fathom/model/causal_lm.h"
#include "fathom/train/language_model_step.h"
#include "fathom/train/optimizer.h"

namespace fathom::bench {

class PlainTorchModel {
 public:
  // Copies the weights of `source` (deepseek_v3 without q-LoRA, one expert group, at most one MTP module).
  explicit PlainTorchModel(const model::CausalLM& source);

  // One optimisation step as train::train_step takes it: cross-entropy on full logits, MTP and balance loss, backward, clipping,
  // AdamW, bias update. All rows have the same length. Returns the mean cross-entropy.
  double step(const data::PackedBatch& batch, std::int64_t rows, const train::ObjectiveOptions& objective,
              const train::OptimizerOptions& optimizer, double learning_rate);

 private:
  at::Tensor weight(const std::string& name) const;
  at::Tensor norm(const at::Tensor& x, const std::string& name) const;
  at::Tensor rotate(const at::Tensor& x) const;                                // [rows, heads, length, rope]
  at::Tensor attention(const at::Tensor& x, const std::string& prefix) const;  // [rows, length, hidden]
  at::Tensor gated(const at::Tensor& x, const std::string& prefix) const;
  at::Tensor experts(const at::Tensor& x, const std::string& prefix, std::vector<at::Tensor>& counts, at::Tensor& balance) const;
  at::Tensor layer(const at::Tensor& x, std::int64_t index, std::vector<at::Tensor>& counts, at::Tensor& balance) const;
  void update(const train::OptimizerOptions& options, double learning_rate);

  model::ModelConfig config_;
  std::map<std::string, at::Tensor> weights_;  // by checkpoint name
  std::vector<at::Tensor> trained_, exp_avg_, exp_avg_sq_;
  std::vector<bool> decay_;
  at::Tensor cos_, sin_, mask_;  // of the current row length
  std::int64_t steps_ = 0;
};

}  // namespace fathom::bench
