// Multi-head latent attention (DeepSeek-V3 §2.1.1). Training and prefill expand the latent into keys and values of all heads;
// decoding keeps only the latent and the rotary key in the cache and absorbs the expansion into queries and output.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fathom/nn/attention.h"
#include "fathom/nn/rope_table.h"

namespace fathom::nn {

struct LatentAttentionOptions {
  std::int64_t hidden_size = 0, heads = 0;
  std::int64_t q_lora_rank = 0;  // 0: queries are projected from the hidden state in one step
  std::int64_t kv_lora_rank = 0;
  std::int64_t nope_dim = 0, rope_dim = 0, v_dim = 0;
  bool bias = false;  // on q_a_proj, kv_a_proj_with_mqa and o_proj
  bool rope_interleaved = true;
  double softmax_scale = 0;
  std::int64_t layer = 0;  // its place in the cache
};

class LatentAttention : public Attention {
 public:
  LatentAttention(const LatentAttentionOptions& options, std::shared_ptr<const RopeTable> rope, at::TensorOptions tensors);

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override;
  void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const override;

 private:
  struct Projections {
    at::Tensor q;       // [tokens, heads · (nope_dim + rope_dim)], not rotated yet
    at::Tensor latent;  // [tokens, kv_lora_rank], normalised
    at::Tensor k_rope;  // [tokens, 1, rope_dim], rotated; one for all heads
  };
  Projections project(const at::Tensor& x, const ForwardContext& context) const;
  at::Tensor expanded(const Projections& parts, const ForwardContext& context) const;
  at::Tensor absorbed(const Projections& parts, const ForwardContext& context) const;
  std::int64_t query_rows() const;  // of input_weight_ that belong to the queries

  LatentAttentionOptions options_;
  std::shared_ptr<const RopeTable> rope_;
  at::Tensor input_weight_;               // [q_lora_rank or heads · (nope + rope), then kv_lora_rank + rope; hidden]
  std::optional<at::Tensor> input_bias_;  // of all rows with q-LoRA; without it of the latent's rows only
  at::Tensor q_norm_, q_b_weight_;        // [q_lora_rank], [heads · (nope + rope), q_lora_rank]; undefined without q-LoRA
  at::Tensor kv_norm_, kv_b_weight_;      // [kv_lora_rank], [heads · (nope + v), kv_lora_rank]
  at::Tensor output_weight_;              // [hidden, heads · v]
  std::optional<at::Tensor> output_bias_;
};

}  // namespace fathom::nn
