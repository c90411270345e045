#include "fathom/retrieval/mean_max_model.h"

#include "fathom/base/error.h"
#include "fathom/nn/initialize.h"

namespace fathom::retrieval {
namespace {

bool is_modern(const EncoderConfig& config) { return config.architecture == Architecture::modern; }

// Embeddings of modern models have the model's width, because their blocks add to what comes in.
std::int64_t block_input(const EncoderConfig& config, std::int64_t layer) { return layer == 0 ? config.embedding_width : config.width; }

void check_widths(const EncoderConfig& config) {
  require(!is_modern(config) || config.embedding_width == config.width, "a modern encoder's embedding_width ({}) is its width ({})",
          config.embedding_width, config.width);
}

at::Tensor with_positions(const at::Tensor& embedded, const at::Tensor& positions, double dropout) {
  require(embedded.size(1) <= positions.size(0), "a sentence of {} positions is longer than the encoder's {}", embedded.size(1),
          positions.size(0));
  const at::Tensor x = embedded + positions.narrow(0, 0, embedded.size(1)).to(embedded.scalar_type());
  return dropout > 0.0 ? at::dropout(x, dropout, /*train=*/true) : x;
}

template <typename Block>
void collect_blocks(const std::vector<Block>& blocks, const std::vector<nn::LayerNorm>& final_norm, const std::string& prefix,
                    std::vector<nn::Parameter>& out) {
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i].collect_parameters(prefix + "layers." + std::to_string(i) + ".", out);
  for (const nn::LayerNorm& norm : final_norm) norm.collect_parameters(prefix + "final_layer_norm.", out);
}
template <typename Block>
void collect_blocks(const std::vector<Block>& blocks, const std::vector<nn::LayerNorm>& final_norm, const std::string& prefix,
                    std::vector<nn::CheckpointTensor>& out) {
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i].collect_checkpoint(prefix + "layers." + std::to_string(i) + ".", out);
  for (const nn::LayerNorm& norm : final_norm) norm.collect_checkpoint(prefix + "final_layer_norm.", out);
}

}  // namespace

MeanMaxEncoder::MeanMaxEncoder(const EncoderConfig& config, at::TensorOptions tensors)
    : config_(config),
      embedding_(at::empty({config.vocab_size, config.embedding_width}, tensors)),
      positions_(at::empty({config.positions(), config.embedding_width}, tensors)) {
  check_widths(config);
  for (std::int64_t i = 0; i < config.layers; ++i) blocks_.emplace_back(config, block_input(config, i), tensors);
  if (is_modern(config)) final_norm_.emplace_back(config.width, config.layer_norm_eps, tensors);
}

void MeanMaxEncoder::initialize(std::uint64_t seed) { nn::initialize_glorot(*this, seed); }

void MeanMaxEncoder::set_embedding(const at::Tensor& values) {
  require(values.sizes() == embedding_.sizes(), "embeddings of {} × {} do not fit an encoder of {} × {}", values.size(0), values.size(1),
          embedding_.size(0), embedding_.size(1));
  const at::NoGradGuard no_grad;
  embedding_.detach().copy_(values);
}

at::Tensor MeanMaxEncoder::embed(const at::Tensor& ids, at::ScalarType dtype) const { return at::embedding(embedding_, ids).to(dtype); }

at::Tensor MeanMaxEncoder::forward(const at::Tensor& ids, at::ScalarType dtype, double dropout) const {
  at::Tensor x = with_positions(embed(ids, dtype), positions_, dropout);
  for (const EncoderBlock& block : blocks_) x = block.forward(x, dropout);
  for (const nn::LayerNorm& norm : final_norm_) x = norm.forward(x);
  return at::stack({x.mean(1), x.amax(1)}, 1);
}

at::Tensor MeanMaxEncoder::sentence_vectors(const at::Tensor& ids, at::ScalarType dtype, double dropout) const {
  const at::Tensor pooled = forward(ids, dtype, dropout).to(at::kFloat);
  return (pooled / pooled.norm(2, {-1}, /*keepdim=*/true).clamp_min(1e-12)).flatten(1);
}

void MeanMaxEncoder::collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const {
  if (is_modern(config_)) out.push_back({prefix + "embed_tokens.weight", embedding_, false});
  out.push_back({prefix + "embed_positions.weight", positions_, false});
  collect_blocks(blocks_, final_norm_, prefix, out);
}

void MeanMaxEncoder::collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const {
  out.push_back({prefix + "embed_tokens.weight", embedding_.detach()});
  out.push_back({prefix + "embed_positions.weight", positions_.detach()});
  collect_blocks(blocks_, final_norm_, prefix, out);
}

MeanMaxDecoder::MeanMaxDecoder(const EncoderConfig& config, at::TensorOptions tensors)
    : config_(config),
      positions_(at::empty({config.positions(), config.embedding_width}, tensors)),
      output_(config.width, config.vocab_size, tensors) {
  check_widths(config);
  for (std::int64_t i = 0; i < config.decoder_layers; ++i) blocks_.emplace_back(config, block_input(config, i), tensors);
  if (is_modern(config)) final_norm_.emplace_back(config.width, config.layer_norm_eps, tensors);
}

// Another stream than the encoder's.
void MeanMaxDecoder::initialize(std::uint64_t seed) { nn::initialize_glorot(*this, seed ^ 0x5DEECE66DULL); }

at::Tensor MeanMaxDecoder::forward(const at::Tensor& embedded, const at::Tensor& context, double dropout) const {
  at::Tensor x = with_positions(embedded, positions_, dropout);
  for (const DecoderBlock& block : blocks_) x = block.forward(x, context, dropout);
  for (const nn::LayerNorm& norm : final_norm_) x = norm.forward(x);
  return x;
}

void MeanMaxDecoder::collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const {
  out.push_back({prefix + "embed_positions.weight", positions_, false});
  collect_blocks(blocks_, final_norm_, prefix, out);
  output_.collect_parameters(prefix + "output.", out);
}

void MeanMaxDecoder::collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const {
  out.push_back({prefix + "embed_positions.weight", positions_.detach()});
  collect_blocks(blocks_, final_norm_, prefix, out);
  output_.collect_checkpoint(prefix + "output.", out);
}

}  // namespace fathom::retrieval
