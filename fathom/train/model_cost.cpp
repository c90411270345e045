#include "fathom/train/model_cost.h"

namespace fathom::train {
namespace {

// What one part adds: weights of matrix products, other parameters, values saved for the backward pass.
struct Part {
  double matrix = 0, other = 0;  // parameters
  double active_matrix = 0;      // of `matrix`, what one token multiplies with
  double attention_flops = 0;    // forward, a token
  double saved = 0;              // values a token

  void add(const Part& part) {
    matrix += part.matrix;
    other += part.other;
    active_matrix += part.active_matrix;
    attention_flops += part.attention_flops;
    saved += part.saved;
  }
  // A product with a weight [out, in] that keeps its input.
  void linear(double in, double out, bool bias = false) {
    matrix += in * out;
    active_matrix += in * out;
    if (bias) other += out;
    saved += in;
  }
};

void add_scores(Part& part, const model::ModelConfig& config, double sequence_length) {
  const double heads = static_cast<double>(config.num_attention_heads);
  const double widths = static_cast<double>(config.qk_head_dim() + config.value_head_dim());
  part.attention_flops += 2.0 * heads * widths * (sequence_length + 1.0) / 2.0;
}

Part attention(const model::ModelConfig& config, double sequence_length) {
  const double hidden = static_cast<double>(config.hidden_size), heads = static_cast<double>(config.num_attention_heads);
  const double key = static_cast<double>(config.qk_head_dim()), value = static_cast<double>(config.value_head_dim());
  Part part;
  add_scores(part, config, sequence_length);
  if (config.is_mla()) {
    const double rank = static_cast<double>(config.kv_lora_rank), rope = static_cast<double>(config.qk_rope_head_dim);
    const double nope = static_cast<double>(config.qk_nope_head_dim), q_rank = static_cast<double>(config.q_lora_rank);
    if (q_rank > 0) {
      part.linear(hidden, q_rank, config.attention_bias);
      part.other += q_rank;  // q_a norm
      part.linear(q_rank, heads * key);
      part.saved += q_rank;  // input of the norm
    } else {
      part.linear(hidden, heads * key);
    }
    part.linear(hidden, rank + rope, config.attention_bias);
    part.saved -= hidden;  // the same input as the query projection's
    part.other += rank;    // kv_a norm
    part.saved += rank + rope;
    part.linear(rank, heads * (nope + value));
    part.linear(heads * value, hidden, config.attention_bias);
    part.saved += 2 * heads * key + heads * value + heads;  // rotated q and k, v, log-sum-exp; the output is o_proj's input
    part.saved += heads * (nope + value);                   // kv_b's output, of which k and v are taken
  } else {
    const double kv = static_cast<double>(config.num_key_value_heads);
    const bool qkv_bias = config.attention_bias || config.architecture == model::Architecture::qwen2;
    part.linear(hidden, heads * key + kv * (key + value), qkv_bias);
    part.linear(heads * value, hidden, config.attention_bias);
    part.saved += heads * key + kv * (key + value) + heads;
  }
  return part;
}

Part swiglu_block(double hidden, double width, bool bias) {
  Part part;
  part.linear(hidden, 2 * width, bias);
  part.saved += 2 * width;  // gate and up
  part.linear(width, hidden, bias);
  return part;
}

Part feed_forward(const model::ModelConfig& config, bool expert_layer) {
  const double hidden = static_cast<double>(config.hidden_size);
  if (!expert_layer) return swiglu_block(hidden, static_cast<double>(config.intermediate_size), config.mlp_bias);
  const double experts = static_cast<double>(config.n_routed_experts), used = static_cast<double>(config.num_experts_per_tok);
  const double width = static_cast<double>(config.moe_intermediate_size);
  Part part;
  part.linear(hidden, experts);          // router
  part.saved += 2 * experts + 2 * used;  // logits, scores, gates and choices
  part.matrix += experts * 3 * hidden * width;
  part.active_matrix += used * 3 * hidden * width;
  part.saved += used * (hidden + 3 * width + hidden);  // sorted inputs, gate/up, their product, and each expert's output
  if (config.n_shared_experts > 0) {
    part.add(swiglu_block(hidden, width * static_cast<double>(config.n_shared_experts), false));
    part.saved -= hidden;  // the router's input
  }
  return part;
}

Part decoder_layer(const model::ModelConfig& config, bool expert_layer, double sequence_length) {
  const double hidden = static_cast<double>(config.hidden_size);
  Part part = attention(config, sequence_length);
  part.add(feed_forward(config, expert_layer));
  part.other += 2 * hidden;
  part.saved += 2 * hidden;  // inputs of the two norms (residual sums)
  return part;
}

}  // namespace

ModelCost model_cost(const model::ModelConfig& config, std::int64_t sequence_length) {
  const double hidden = static_cast<double>(config.hidden_size), length = static_cast<double>(sequence_length);
  const double embedding = static_cast<double>(config.vocab_size) * hidden;
  Part body;
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer)
    body.add(decoder_layer(config, config.is_moe_layer(layer), length));
  body.other += hidden;
  body.saved += 2 * hidden;  // final norm's input and the hidden states that the loss reads

  Part modules;
  for (std::int64_t depth = 0; depth < config.num_mtp_modules; ++depth) {
    modules.add(decoder_layer(config, config.is_moe_layer(config.num_hidden_layers + depth), length));
    modules.linear(2 * hidden, hidden);  // eh_proj
    modules.other += 3 * hidden;         // enorm, hnorm, shared_head.norm
    modules.saved += 4 * hidden;
  }

  ModelCost cost;
  const double head = config.tie_word_embeddings ? 0.0 : embedding;
  cost.embedding_parameters = static_cast<std::int64_t>(embedding);
  cost.mtp_parameters = static_cast<std::int64_t>(modules.matrix + modules.other);
  cost.parameters = static_cast<std::int64_t>(body.matrix + body.other + embedding + head) + cost.mtp_parameters;
  cost.active_parameters = static_cast<std::int64_t>(body.active_matrix + body.other + embedding);  // `embedding` here: the output head
  // The output head is multiplied once for the main loss and once for each MTP module.
  const double heads_flops = embedding * static_cast<double>(1 + config.num_mtp_modules);
  cost.training_flops =
      6.0 * (body.active_matrix + modules.active_matrix + heads_flops) + 3.0 * (body.attention_flops + modules.attention_flops);
  cost.saved_values = body.saved + modules.saved;
  return cost;
}

}  // namespace fathom::train
