// DeepSeekMoE (DeepSeek-V3 §2.1.2): sigmoid gates, a correction bias that acts on the selection only, group-limited top-k,
// and expert products over tokens sorted by expert: no token is dropped, nothing is padded.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "fathom/ops/packed.h"

namespace fathom::ops {

struct RouterOptions {
  std::int64_t top_k = 1;
  std::int64_t groups = 1;      // n_group
  std::int64_t top_groups = 1;  // topk_group: groups kept, ranked by the sum of their two largest biased scores
  bool normalize = true;        // norm_topk_prob: gates divided by their sum (+ 1e-20)
  double scaling = 1.0;         // routed_scaling_factor
};

struct Routing {
  at::Tensor experts;  // [tokens, top_k] int64, no gradient
  at::Tensor gates;    // [tokens, top_k] fp32, differentiable in the logits
  at::Tensor scores;   // [tokens, experts] fp32 sigmoid(logits), differentiable (for the balance loss)
  at::Tensor counts;   // [experts] int64: tokens sent to each expert
};

// logits [tokens, experts] fp32; correction_bias [experts] fp32 (added for the selection, never to the gate).
// `replay` [tokens, top_k] int64, when defined, fixes the selection (routing of a rollout replayed in training).
Routing route(const at::Tensor& logits, const at::Tensor& correction_bias, const RouterOptions& options, const at::Tensor& replay = {});

// Σ_k gates[t,k] · down[e] · swiglu(gate_up[e] · x[t]) with e = experts[t,k].
// x [tokens, hidden], gate_up [experts, 2 * width, hidden], down [experts, hidden, width] → [tokens, hidden].
// Differentiable in x, gates, gate_up, down.
at::Tensor moe_experts(const at::Tensor& x, const Routing& routing, const at::Tensor& gate_up, const at::Tensor& down);

// Sequence-wise balance loss Σ_i f_i P_i (DeepSeek-V3 eq. 17-20), averaged over the sequences, without the factor alpha; scalar fp32.
at::Tensor sequence_balance_loss(const Routing& routing, const PackedSequences& sequences);

namespace reference {
Routing route(const at::Tensor& logits, const at::Tensor& correction_bias, const RouterOptions& options, const at::Tensor& replay = {});
at::Tensor moe_experts(const at::Tensor& x, const Routing& routing, const at::Tensor& gate_up, const at::Tensor& down);
at::Tensor sequence_balance_loss(const Routing& routing, const PackedSequences& sequences);
}  // namespace reference

}  // namespace fathom::ops
