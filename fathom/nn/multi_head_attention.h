// Multi-head attention between sequences of equal length, a batch of them at a time: what sentence encoders use, whose sentences are
// batched by length. Language models have attention over packed sequences (attention.h).
#pragma once

#include <cstdint>
#include <optional>

#include "fathom/nn/dense_layer.h"

namespace fathom::nn {

struct MultiHeadOptions {
  std::int64_t query_width = 0, memory_width = 0;  // of what attends and of what is attended to
  std::int64_t width = 0, heads = 0;               // of the result; heads divides width
  bool relu = false;                               // on queries, keys and values (arXiv 1809.06590's code)
  bool output_projection = true;                   // [width, width] behind the heads
  bool self = true;                                // memory is what attends; its projections are then one product
};

class MultiHeadAttention final : public Module {
 public:
  // Throws Error when heads do not divide the width.
  MultiHeadAttention(const MultiHeadOptions& options, at::TensorOptions tensors);

  // x [batch, rows, query_width], memory [batch, columns, memory_width] (self: not given) → [batch, rows, width]. Scores are divided by the
  // root of the heads' width. `causal`: row i sees columns up to i. `dropout`: the share of attention weights that is dropped, 0: none.
  at::Tensor forward(const at::Tensor& x, const std::optional<at::Tensor>& memory, bool causal, double dropout) const;

  void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const override;
  // q_proj, k_proj, v_proj and out_proj.
  void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const override;

 private:
  MultiHeadOptions options_;
  std::optional<DenseLayer> query_;  // where memory is another sequence
  DenseLayer joined_;                // self: queries, keys and values; else keys and values
  std::optional<DenseLayer> output_;
};

}  // namespace fathom::nn
