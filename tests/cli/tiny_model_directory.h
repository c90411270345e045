// Writes a model directory with random weights and a tokenizer of single bytes, without libtorch: a llama of one layer.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/rng.h"
#include "fathom/text/bpe_trainer.h"

namespace fathom::cli {

inline void write_tiny_model(const std::filesystem::path& directory, bool with_tokenizer = true) {
  constexpr std::int64_t vocab = 261, hidden = 16, inner = 24, context = 96;  // 256 bytes and 5 special tokens
  std::filesystem::create_directories(directory);
  OrderedJson config = {{"architectures", {"LlamaForCausalLM"}},
                        {"model_type", "llama"},
                        {"vocab_size", vocab},
                        {"hidden_size", hidden},
                        {"intermediate_size", inner},
                        {"num_hidden_layers", 1},
                        {"num_attention_heads", 2},
                        {"num_key_value_heads", 1},
                        {"head_dim", 8},
                        {"max_position_embeddings", context},
                        {"rms_norm_eps", 1e-6},
                        {"hidden_act", "silu"},
                        {"rope_parameters", {{"rope_type", "default"}, {"rope_theta", 10000.0}}},
                        {"tie_word_embeddings", true},
                        {"attention_bias", false},
                        {"mlp_bias", false},
                        {"bos_token_id", 0},
                        {"eos_token_id", 1},
                        {"dtype", "float32"}};
  write_file_atomically(directory / "config.json", config.dump(2));

  const std::string layer = "model.layers.0.";
  const std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensors = {{"model.embed_tokens.weight", {vocab, hidden}},
                                                                                  {layer + "input_layernorm.weight", {hidden}},
                                                                                  {layer + "post_attention_layernorm.weight", {hidden}},
                                                                                  {layer + "self_attn.q_proj.weight", {16, hidden}},
                                                                                  {layer + "self_attn.k_proj.weight", {8, hidden}},
                                                                                  {layer + "self_attn.v_proj.weight", {8, hidden}},
                                                                                  {layer + "self_attn.o_proj.weight", {hidden, 16}},
                                                                                  {layer + "mlp.gate_proj.weight", {inner, hidden}},
                                                                                  {layer + "mlp.up_proj.weight", {inner, hidden}},
                                                                                  {layer + "mlp.down_proj.weight", {hidden, inner}},
                                                                                  {"model.norm.weight", {hidden}}};
  OrderedJson header;
  std::string data;
  Rng rng(3);
  for (const auto& [name, shape] : tensors) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    const std::size_t begin = data.size();
    for (std::int64_t i = 0; i < count; ++i) {
      const float value = shape.size() == 1 ? 1.0f : static_cast<float>(0.4 * rng.normal());
      data.append(reinterpret_cast<const char*>(&value), sizeof(value));
    }
    header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
  }
  std::string json = header.dump();
  json.append((8 - json.size() % 8) % 8, ' ');
  const std::uint64_t length = json.size();
  write_file_atomically(directory / "model.safetensors", std::string(reinterpret_cast<const char*>(&length), 8) + json + data);

  if (!with_tokenizer) return;
  text::BpeTrainerOptions options;
  options.vocab_size = vocab;
  text::BpeTrainer trainer(options);
  trainer.add("bytes");
  trainer.train().save(directory);
}

}  // namespace fathom::cli
