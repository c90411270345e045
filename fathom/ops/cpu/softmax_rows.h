// What is taken from rows of logits [rows, vocab] (dense, fp32): losses and log-probabilities of one target a row, and the
// gradients, which take the place of the logits. Over all threads, row by row; results do not depend on the thread count.
#pragma once

#include <cstdint>

namespace fathom::ops::cpu {

// losses[row] = log Σ exp(logits) - Σ p · logits, where p is 1 - smoothing on the target and smoothing / vocab everywhere. With
// grad_weights, the logits become grad_weights[row] · (softmax - p).
void cross_entropy_rows(std::int64_t rows, std::int64_t vocab, float* logits, const std::int64_t* targets, const float* grad_weights,
                        float smoothing, float* losses);

// Under z = logits · inverse_temperature: log_sums[row] = log Σ exp(z), log_probs[row] = z[target] - log_sums[row], and the
// entropy of softmax(z) (null: not wanted).
void log_prob_rows(std::int64_t rows, std::int64_t vocab, const float* logits, const std::int64_t* targets, float inverse_temperature,
                   float* log_probs, float* entropy, float* log_sums);

// The logits become grads[row] · inverse_temperature · (onehot(target) - softmax(z)).
void log_prob_backward_rows(std::int64_t rows, std::int64_t vocab, float* logits, const std::int64_t* targets, float inverse_temperature,
                            const float* log_sums, const float* grads);

}  // namespace fathom::ops::cpu
