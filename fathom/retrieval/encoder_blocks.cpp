#include "fathom/retrieval/encoder_blocks.h"

namespace fathom::retrieval {
namespace {

nn::MultiHeadOptions self_attention(const EncoderConfig& config, std::int64_t in) {
  nn::MultiHeadOptions options;
  options.query_width = options.memory_width = in;
  options.width = config.width;
  options.heads = config.heads;
  options.relu = config.architecture == Architecture::mean_max;
  options.output_projection = config.architecture == Architecture::modern;
  return options;
}

nn::MultiHeadOptions cross_attention(const EncoderConfig& config) {
  nn::MultiHeadOptions options = self_attention(config, config.width);
  options.self = false;
  return options;
}

// A norm stands before its part in the modern blocks, and takes what comes in; behind it in the others.
std::int64_t first_norm_width(const EncoderConfig& config, std::int64_t in) {
  return config.architecture == Architecture::modern ? in : config.width;
}

at::Tensor dropped(const at::Tensor& x, double share) { return share > 0.0 ? at::dropout(x, share, /*train=*/true) : x; }

}  // namespace

EncoderBlock::EncoderBlock(const EncoderConfig& config, std::int64_t in, at::TensorOptions tensors)
    : modern_(config.architecture == Architecture::modern),
      attention_(self_attention(config, in), tensors),
      attention_norm_(first_norm_width(config, in), config.layer_norm_eps, tensors),
      inner_norm_(config.width, config.layer_norm_eps, tensors),
      inner_(config.width, config.inner_width, modern_, tensors) {}

at::Tensor EncoderBlock::forward(const at::Tensor& x, double dropout) const {
  if (modern_) {
    const at::Tensor y = x + dropped(attention_.forward(attention_norm_.forward(x), std::nullopt, false, dropout), dropout);
    return y + dropped(inner_.forward(inner_norm_.forward(y)), dropout);
  }
  const at::Tensor y = attention_norm_.forward(attention_.forward(x, std::nullopt, false, dropout));
  return inner_norm_.forward(y + inner_.forward(y));
}

void EncoderBlock::collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const {
  attention_.collect_parameters(prefix + "self_attn.", out);
  attention_norm_.collect_parameters(prefix + "self_attn_layer_norm.", out);
  inner_.collect_parameters(prefix + "mlp.", out);
  inner_norm_.collect_parameters(prefix + "mlp_layer_norm.", out);
}

void EncoderBlock::collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const {
  attention_.collect_checkpoint(prefix + "self_attn.", out);
  attention_norm_.collect_checkpoint(prefix + "self_attn_layer_norm.", out);
  inner_.collect_checkpoint(prefix + "mlp.", out);
  inner_norm_.collect_checkpoint(prefix + "mlp_layer_norm.", out);
}

DecoderBlock::DecoderBlock(const EncoderConfig& config, std::int64_t in, at::TensorOptions tensors)
    : modern_(config.architecture == Architecture::modern),
      attention_(self_attention(config, in), tensors),
      cross_(cross_attention(config), tensors),
      attention_norm_(first_norm_width(config, in), config.layer_norm_eps, tensors),
      cross_norm_(config.width, config.layer_norm_eps, tensors),
      inner_norm_(config.width, config.layer_norm_eps, tensors),
      inner_(config.width, config.inner_width, modern_, tensors) {}

at::Tensor DecoderBlock::forward(const at::Tensor& x, const at::Tensor& context, double dropout) const {
  if (modern_) {
    at::Tensor y = x + dropped(attention_.forward(attention_norm_.forward(x), std::nullopt, true, dropout), dropout);
    y = y + dropped(cross_.forward(cross_norm_.forward(y), context, false, dropout), dropout);
    return y + dropped(inner_.forward(inner_norm_.forward(y)), dropout);
  }
  at::Tensor y = attention_norm_.forward(attention_.forward(x, std::nullopt, true, dropout));
  y = cross_norm_.forward(y + cross_.forward(y, context, false, dropout));
  return inner_norm_.forward(y + inner_.forward(y));
}

void DecoderBlock::collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const {
  attention_.collect_parameters(prefix + "self_attn.", out);
  attention_norm_.collect_parameters(prefix + "self_attn_layer_norm.", out);
  cross_.collect_parameters(prefix + "cross_attn.", out);
  cross_norm_.collect_parameters(prefix + "cross_attn_layer_norm.", out);
  inner_.collect_parameters(prefix + "mlp.", out);
  inner_norm_.collect_parameters(prefix + "mlp_layer_norm.", out);
}

void DecoderBlock::collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const {
  attention_.collect_checkpoint(prefix + "self_attn.", out);
  attention_norm_.collect_checkpoint(prefix + "self_attn_layer_norm.", out);
  cross_.collect_checkpoint(prefix + "cross_attn.", out);
  cross_norm_.collect_checkpoint(prefix + "cross_attn_layer_norm.", out);
  inner_.collect_checkpoint(prefix + "mlp.", out);
  inner_norm_.collect_checkpoint(prefix + "mlp_layer_norm.", out);
}

}  // namespace fathom::retrieval
