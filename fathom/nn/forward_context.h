// What a forward pass knows beside the hidden states: where sequences begin, positions, the cache when decoding, and what the
// routers are to record or replay.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "fathom/nn/kv_cache.h"
#include "fathom/ops/packed.h"

namespace fathom::nn {

// Filled by the MoE layers of one forward pass, in layer order (MTP layers after the main ones).
struct RoutingRecord {
  std::vector<at::Tensor> counts;   // each [experts] int64
  std::vector<at::Tensor> experts;  // each [tokens, top_k] int64, when keep_experts
  at::Tensor balance_loss;          // scalar fp32: sum over layers of the sequence-wise loss, without alpha
  bool keep_experts = false;
  bool want_balance_loss = false;
};

struct ForwardContext {
  ops::PackedSequences sequences;  // the tokens of this pass (with a cache: the new ones)
  at::Tensor positions;            // [tokens] int64
  // Decoding: the cache and this pass's place in it. Null in training.
  KvCache* cache = nullptr;
  const KvCache::Step* step = nullptr;
  // True when every sequence starts in this pass (prefill): MLA then uses expanded heads, otherwise absorbed projections.
  bool prefill = false;
  RoutingRecord* routing = nullptr;
  const std::vector<at::Tensor>* replay = nullptr;  // routing of a rollout, one [tokens, top_k] int64 a MoE layer

  // A training pass: positions count from 0 in each sequence.
  static ForwardContext packed(ops::PackedSequences sequences);
};

}  // namespace fathom::nn
