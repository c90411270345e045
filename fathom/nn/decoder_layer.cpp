#include "fathom/nn/decoder_layer.h"

#include <utility>

#include "fathom/ops/rms_norm.h"

namespace fathom::nn {

at::Tensor ResidualStream::normalize(const at::Tensor& weight, double eps) {
  if (!residual.defined()) {
    residual = update;
    return ops::rms_norm(residual, weight, eps);
  }
  auto [normed, sum] = ops::add_rms_norm(update, residual, weight, eps);
  residual = std::move(sum);
  return normed;
}

DecoderLayer::DecoderLayer(std::unique_ptr<Attention> attention, std::unique_ptr<FeedForward> feed_forward, std::int64_t hidden_size,
                           double norm_eps, at::TensorOptions tensors)
    : attention_(std::move(attention)),
      feed_forward_(std::move(feed_forward)),
      norm_eps_(norm_eps),
      input_norm_(at::empty({hidden_size}, tensors)),
      post_attention_norm_(at::empty({hidden_size}, tensors)) {}

void DecoderLayer::forward(ResidualStream& stream, const ForwardContext& context) const {
  stream.update = attention_->forward(stream.normalize(input_norm_, norm_eps_), context);
  stream.update = feed_forward_->forward(stream.normalize(post_attention_norm_, norm_eps_), context);
}

void DecoderLayer::collect_parameters(const std::string& prefix, std::vector<Parameter>& out) const {
  out.push_back({prefix + "input_layernorm.weight", input_norm_, false});
  attention_->collect_parameters(prefix + "self_attn.", out);
  out.push_back({prefix + "post_attention_layernorm.weight", post_attention_norm_, false});
  feed_forward_->collect_parameters(prefix + "mlp.", out);
}

void DecoderLayer::collect_checkpoint(const std::string& prefix, std::vector<CheckpointTensor>& out) const {
  out.push_back({prefix + "input_layernorm.weight", input_norm_.detach()});
  attention_->collect_checkpoint(prefix + "self_attn.", out);
  out.push_back({prefix + "post_attention_layernorm.weight", post_attention_norm_.detach()});
  feed_forward_->collect_checkpoint(prefix + "mlp.", out);
}

}  // namespace fathom::nn
