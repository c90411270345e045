// The output projection fused with what is taken from it. Logits [tokens, vocab] are never held beyond a chunk of tokens.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>

namespace fathom::ops {

constexpr std::int64_t ignore_index = -100;

struct CrossEntropyOptions {
  std::optional<at::Tensor> bias = std::nullopt;  // [vocab], added to the logits; differentiable
  // ε: the target distribution is 1 - ε on the target and ε shared evenly by all words, the target among them (Szegedy et al. 2016, §7).
  double label_smoothing = 0.0;
};

// Cross-entropy of each token: hidden [tokens, width], weight [vocab, width], targets [tokens] int64 → [tokens] fp32,
// 0 where the target is ignore_index. Differentiable in hidden and weight; the gradients are computed in the forward pass
// chunk by chunk only when the weights `grad_weights` [tokens] fp32 of the final sum are given: the result is then the scalar
// Σ grad_weights·loss and no second product with the vocabulary is needed.
// Throws Error for a target outside [0, vocab) and smoothing outside [0, 1).
at::Tensor linear_cross_entropy_sum(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                                    const at::Tensor& grad_weights, const CrossEntropyOptions& options = {});

// Cross-entropy per token without gradient (evaluation). [tokens] fp32.
at::Tensor linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets);

struct TokenLogProbs {
  at::Tensor log_probs;  // [tokens] fp32: log softmax(logits / temperature)[target], differentiable in hidden and weight
  at::Tensor entropy;    // [tokens] fp32, of softmax(logits / temperature), no gradient
};
// Log-probabilities of given tokens (rewards, DPO, GRPO). Recomputes logits chunk by chunk in the backward pass.
TokenLogProbs linear_log_probs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature = 1.0);

namespace reference {
at::Tensor linear_cross_entropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                                const CrossEntropyOptions& options = {});
TokenLogProbs linear_log_probs(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets, double temperature = 1.0);
}  // namespace reference

}  // namespace fathom::ops
