// A model small enough to train in a blink, and batches for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "fathom/data/packed_batches.h"
#include "fathom/model/causal_lm.h"

namespace fathom::train {

constexpr std::int64_t tiny_vocab = 31;

// MLA, a dense and an expert layer, one MTP module with experts.
inline model::ModelConfig tiny_config() {
  model::ModelConfig config;
  config.architecture = model::Architecture::deepseek_v3;
  config.vocab_size = tiny_vocab;
  config.hidden_size = 32;
  config.intermediate_size = 48;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 2;
  config.num_key_value_heads = 2;
  config.max_position_embeddings = 64;
  config.initializer_range = 0.1;
  config.kv_lora_rank = 16;
  config.qk_nope_head_dim = 8;
  config.qk_rope_head_dim = 4;
  config.v_head_dim = 8;
  config.n_routed_experts = 4;
  config.n_shared_experts = 1;
  config.num_experts_per_tok = 2;
  config.moe_intermediate_size = 16;
  config.first_k_dense_replace = 1;
  config.num_mtp_modules = 1;
  return config;
}

inline std::unique_ptr<model::CausalLM> tiny_model(std::uint64_t seed = 1) {
  auto model = std::make_unique<model::CausalLM>(tiny_config());
  model->initialize(seed);
  return model;
}

// `rows` rows of `length` tokens of a simple pattern that depends on `index`: learnable, and different at each step.
inline data::PackedBatch pattern_batch(std::int64_t rows, std::int64_t length, std::int64_t index) {
  data::PackedBatch batch;
  batch.cu_seqlens.push_back(0);
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t start = 7 * index + 3 * row, stride = 1 + row % 3;
    for (std::int64_t i = 0; i < length; ++i) {
      batch.input_ids.push_back((start + i * stride) % tiny_vocab);
      batch.targets.push_back((start + (i + 1) * stride) % tiny_vocab);
      batch.positions.push_back(i);
    }
    batch.cu_seqlens.push_back(static_cast<std::int32_t>((row + 1) * length));
  }
  return batch;
}

// All weights and correction biases, to compare bit by bit.
inline std::vector<at::Tensor> snapshot(const model::CausalLM& model) {
  std::vector<nn::CheckpointTensor> tensors;
  model.collect_checkpoint("", tensors);
  std::vector<at::Tensor> copies;
  for (const nn::CheckpointTensor& tensor : tensors) copies.push_back(tensor.view.detach().clone());
  return copies;
}

inline bool bit_equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!at::equal(a[i], b[i])) return false;
  return true;
}

inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

}  // namespace fathom::train
