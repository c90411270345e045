// The output projection taken a chunk of tokens at a time, with what a chunk's logits are turned into. Two implementations of
// one contract: fused CPU kernels (fp32) and tensor expressions (any device and dtype, fp32 or wider inside).
// hidden [rows, width], weight [vocab, width], targets [rows] int64 in [0, vocab); all dense. No autograd.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>

namespace fathom::ops {

// Rows whose logits are held at once: about `bytes` of fp32, but enough rows for products to run at full speed.
inline std::int64_t projection_chunk_rows(std::int64_t rows, std::int64_t vocab, std::int64_t bytes) {
  return std::min(rows, std::max<std::int64_t>(128, bytes / (4 * std::max<std::int64_t>(1, vocab)) / 16 * 16));
}

struct ProjectionGradients {
  at::Tensor hidden, weight, bias;  // as hidden, weight and bias; undefined where not wanted
};

struct CrossEntropySum {
  at::Tensor loss;  // scalar fp32: Σ grad_weights · loss
  ProjectionGradients gradients;
};

struct LogProbRows {
  at::Tensor log_probs, entropy, log_sums;  // [rows] fp32; log_sums are needed again in the backward pass
};

// What a sum of cross-entropies is taken of, and which gradients are wanted.
struct CrossEntropyTask {
  at::Tensor hidden, weight, bias;  // bias may be undefined; as hidden otherwise in dtype
  at::Tensor targets, grad_weights;
  double label_smoothing = 0.0;
  bool want_hidden = false, want_weight = false, want_bias = false;
  bool want_gradients() const { return want_hidden || want_weight || want_bias; }
};

namespace cpu {
CrossEntropySum cross_entropy_sum(const CrossEntropyTask& task);
LogProbRows log_probs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature);
ProjectionGradients log_probs_backward(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature,
                                       const at::Tensor& log_sums, const at::Tensor& grads, bool want_hidden, bool want_weight);
}  // namespace cpu

namespace expressions {
CrossEntropySum cross_entropy_sum(const CrossEntropyTask& task);
LogProbRows log_probs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature);
ProjectionGradients log_probs_backward(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature,
                                       const at::Tensor& log_sums, const at::Tensor& grads, bool want_hidden, bool want_weight);
}  // namespace expressions

}  // namespace fathom::ops
