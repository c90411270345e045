// The router of DeepSeekMoE in one pass: logits to scores, selection, gates and counts; and the balance loss. fp32, dense.
#pragma once

#include <cstdint>

#include "fathom/ops/moe.h"

namespace fathom::ops::cpu {

// logits and scores [tokens, experts], chosen and gates [tokens, top_k], counts [experts]. `replay` (null: select) is copied
// to `chosen`; its values must lie in [0, experts).
void route_forward(std::int64_t tokens, std::int64_t experts, const RouterOptions& options, const float* logits, const float* bias,
                   const std::int64_t* replay, float* scores, std::int64_t* chosen, float* gates, std::int64_t* counts);

// Either of grad_gates and grad_scores may be null (zero).
void route_backward(std::int64_t tokens, std::int64_t experts, const RouterOptions& options, const float* scores,
                    const std::int64_t* chosen, const float* grad_gates, const float* grad_scores, float* grad_logits);

// Σ_i f_i P_i of each sequence (offsets [sequences + 1]), averaged. loads [sequences, experts] receives f for the gradient.
double balance_loss_forward(const std::int32_t* offsets, std::int64_t sequences, std::int64_t experts, std::int64_t top_k,
                            const float* scores, float* loads);
void balance_loss_backward(const std::int32_t* offsets, std::int64_t sequences, std::int64_t experts, const float* scores,
                           const float* loads, float grad, float* grad_scores);

}  // namespace fathom::ops::cpu
