// A pre-norm decoder layer: attention and feed-forward, each on a normalised residual stream.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fathom/nn/attention.h"
#include "fathom/nn/feed_forward.h"

namespace fathom::nn {

// The residual stream between layers. The last block's output is not added yet, so that the addition can be joined with the
// next norm: the stream's value is residual + update.
struct ResidualStream {
  at::Tensor update;    // [tokens, hidden]
  at::Tensor residual;  // [tokens, hidden]; undefined before the first layer (the stream is `update` alone)

  // Adds the update in and returns the normalised stream.
  at::Tensor normalize(const at::Tensor& weight, double eps);
};

class DecoderLayer : public Module {
 public:
  DecoderLayer(std::unique_ptr<Attention> attention, std::unique_ptr<FeedForward> feed_forward, std::int64_t hidden_size, double norm_eps,
               at::TensorOptions tensors);

  void forward(ResidualStream& stream, const ForwardContext& context) const;
  void collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const override;
  const FeedForward& feed_forward() const { return *feed_forward_; }

 private:
  std::unique_ptr<Attention> attention_;
  std::unique_ptr<FeedForward> feed_forward_;
  double norm_eps_;
  at::Tensor input_norm_, post_attention_norm_;  // [hidden]
};

}  // namespace fathom::nn
