// Grouped-query attention (Ainslie et al. 2023) with rotary positions: Llama and Qwen2. One product computes queries, keys
// and values.
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

struct GroupedQueryAttentionOptions {
  std::int64_t hidden_size = 0, heads = 0, kv_heads = 0, head_dim = 0;
  bool qkv_bias = false, output_bias = false;
  std::int64_t layer = 0;  // its place in the cache
};

class GroupedQueryAttention : public Attention {
 public:
  GroupedQueryAttention(const GroupedQueryAttentionOptions& options, std::shared_ptr<const RopeTable> rope, at::TensorOptions tensors);

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override;
  void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const override;

 private:
  GroupedQueryAttentionOptions options_;
  std::shared_ptr<const RopeTable> rope_;
  at::Tensor qkv_weight_;  // [(heads + 2 · kv_heads) · head_dim, hidden]
  std::optional<at::Tensor> qkv_bias_;
  at::Tensor output_weight_;  // [hidden, heads · head_dim]
  std::optional<at::Tensor> output_bias_;
};

}  // namespace fathom::nn
