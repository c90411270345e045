#include "bench/plain_torch_model.h"

#include <cmath>
#include <limits>

#include "fathom/base/error.h"

namespace fathom::bench {

PlainTorchModel::PlainTorchModel(const model::CausalLM& source) : config_(source.config()) {
  require(config_.is_mla() && config_.q_lora_rank == 0 && config_.n_group == 1 && config_.num_mtp_modules <= 1 && !config_.attention_bias,
          "the plain model covers deepseek_v3 without q-LoRA, groups and biases only");
  std::vector<nn::CheckpointTensor> tensors;
  source.collect_checkpoint("", tensors);
  for (const nn::CheckpointTensor& tensor : tensors) {
    at::Tensor copy = tensor.view.detach().clone();
    // What MTP modules share with the main model is one tensor.
    const bool shared_embedding = tensor.name.ends_with(".embed_tokens.weight") && tensor.name != "model.embed_tokens.weight";
    if (shared_embedding || tensor.name.ends_with("shared_head.head.weight")) continue;
    if (!tensor.name.ends_with("e_score_correction_bias")) {
      copy.set_requires_grad(true);
      trained_.push_back(copy);
      decay_.push_back(copy.dim() > 1);
      exp_avg_.push_back(at::zeros_like(copy.detach()));
      exp_avg_sq_.push_back(at::zeros_like(copy.detach()));
    }
    weights_[tensor.name] = copy;
  }
}

at::Tensor PlainTorchModel::weight(const std::string& name) const {
  const auto found = weights_.find(name);
  require(found != weights_.end(), "the plain model has no tensor {}", name);
  return found->second;
}

at::Tensor PlainTorchModel::norm(const at::Tensor& x, const std::string& name) const {
  return x * at::rsqrt(x.pow(2).mean(-1, true) + config_.rms_norm_eps) * weight(name);
}

// Pairs (x[2i], x[2i+1]).
at::Tensor PlainTorchModel::rotate(const at::Tensor& x) const {
  const at::Tensor pairs = x.reshape({x.size(0), x.size(1), x.size(2), -1, 2});
  const at::Tensor even = pairs.select(-1, 0), odd = pairs.select(-1, 1);
  return at::stack({even * cos_ - odd * sin_, even * sin_ + odd * cos_}, -1).flatten(-2);
}

at::Tensor PlainTorchModel::attention(const at::Tensor& x, const std::string& prefix) const {
  const std::int64_t rows = x.size(0), length = x.size(1), heads = config_.num_attention_heads;
  const std::int64_t nope = config_.qk_nope_head_dim, rope = config_.qk_rope_head_dim, value = config_.v_head_dim;
  const at::Tensor q = at::linear(x, weight(prefix + "q_proj.weight")).view({rows, length, heads, nope + rope}).transpose(1, 2);
  const at::Tensor latent = at::linear(x, weight(prefix + "kv_a_proj_with_mqa.weight"));
  const at::Tensor compressed = norm(latent.slice(-1, 0, config_.kv_lora_rank), prefix + "kv_a_layernorm.weight");
  const at::Tensor kv =
      at::linear(compressed, weight(prefix + "kv_b_proj.weight")).view({rows, length, heads, nope + value}).transpose(1, 2);
  const at::Tensor k_rope = rotate(latent.slice(-1, config_.kv_lora_rank).unsqueeze(1));
  const at::Tensor queries = at::cat({q.slice(-1, 0, nope), rotate(q.slice(-1, nope))}, -1);
  const at::Tensor keys = at::cat({kv.slice(-1, 0, nope), k_rope.expand({rows, heads, length, rope})}, -1);
  const double scale = 1.0 / std::sqrt(static_cast<double>(nope + rope));
  const at::Tensor scores = at::matmul(queries, keys.transpose(-1, -2)) * scale + mask_;
  const at::Tensor mixed = at::matmul(at::softmax(scores, -1), kv.slice(-1, nope));
  return at::linear(mixed.transpose(1, 2).reshape({rows, length, heads * value}), weight(prefix + "o_proj.weight"));
}

at::Tensor PlainTorchModel::gated(const at::Tensor& x, const std::string& prefix) const {
  const at::Tensor gate = at::silu(at::linear(x, weight(prefix + "gate_proj.weight")));
  return at::linear(gate * at::linear(x, weight(prefix + "up_proj.weight")), weight(prefix + "down_proj.weight"));
}

at::Tensor PlainTorchModel::experts(const at::Tensor& x, const std::string& prefix, std::vector<at::Tensor>& counts,
                                    at::Tensor& balance) const {
  const std::int64_t rows = x.size(0), length = x.size(1), experts = config_.n_routed_experts, used = config_.num_experts_per_tok;
  const at::Tensor flat = x.reshape({rows * length, -1});
  const at::Tensor scores = at::sigmoid(at::linear(flat, weight(prefix + "gate.weight")));
  const at::Tensor chosen = std::get<1>(at::topk(scores.detach() + weight(prefix + "gate.e_score_correction_bias"), used, -1, true, false));
  at::Tensor gates = scores.gather(1, chosen);
  if (config_.norm_topk_prob) gates = gates / (gates.sum(-1, true) + 1e-20);
  gates = gates * config_.routed_scaling_factor;

  // Tokens sorted by expert: one product an expert and projection.
  const at::Tensor order = std::get<1>(chosen.flatten().sort());
  const at::Tensor token = at::floor_divide(order, used);
  const at::Tensor load = at::bincount(chosen.flatten(), {}, experts);
  const at::Tensor sorted = flat.index_select(0, token);
  const std::int64_t* sizes = load.data_ptr<std::int64_t>();
  std::vector<at::Tensor> outputs;
  std::int64_t begin = 0;
  for (std::int64_t e = 0; e < experts; ++e) {
    if (sizes[e] == 0) continue;
    outputs.push_back(gated(sorted.slice(0, begin, begin + sizes[e]), prefix + "experts." + std::to_string(e) + "."));
    begin += sizes[e];
  }
  const at::Tensor weighted = at::cat(outputs) * gates.flatten().index_select(0, order).unsqueeze(1);
  const at::Tensor routed = at::zeros_like(flat).index_add(0, token, weighted);
  counts.push_back(load);

  // DeepSeek-V3 eq. 17-20 for each row, then the mean.
  const at::Tensor share = (scores / scores.sum(-1, true)).view({rows, length, experts}).mean(1);
  const at::Tensor hits = at::zeros({rows, experts}).scatter_add(1, chosen.view({rows, length * used}), at::ones({rows, length * used}));
  const at::Tensor frequency = hits * (static_cast<double>(experts) / static_cast<double>(used * length));
  const at::Tensor loss = (frequency * share).sum(-1).mean();
  balance = balance.defined() ? balance + loss : loss;
  return (routed + gated(flat, prefix + "shared_experts.")).view({rows, length, -1});
}

at::Tensor PlainTorchModel::layer(const at::Tensor& x, std::int64_t index, std::vector<at::Tensor>& counts, at::Tensor& balance) const {
  const std::string prefix = "model.layers." + std::to_string(index) + ".";
  const at::Tensor middle = x + attention(norm(x, prefix + "input_layernorm.weight"), prefix + "self_attn.");
  const at::Tensor normed = norm(middle, prefix + "post_attention_layernorm.weight");
  return middle + (config_.is_moe_layer(index) ? experts(normed, prefix + "mlp.", counts, balance) : gated(normed, prefix + "mlp."));
}

double PlainTorchModel::step(const data::PackedBatch& batch, std::int64_t rows, const train::ObjectiveOptions& objective,
                             const train::OptimizerOptions& optimizer, double learning_rate) {
  const std::int64_t length = static_cast<std::int64_t>(batch.input_ids.size()) / rows, vocab = config_.vocab_size;
  const at::Tensor ids = at::tensor(batch.input_ids, at::kLong).view({rows, length});
  const at::Tensor targets = at::tensor(batch.targets, at::kLong).view({rows, length});
  if (!mask_.defined() || mask_.size(0) != length) {
    mask_ = at::full({length, length}, -std::numeric_limits<float>::infinity()).triu(1);
    const at::Tensor frequency = at::pow(
        config_.rope.theta, -at::arange(0, config_.qk_rope_head_dim, 2, at::kFloat) / static_cast<double>(config_.qk_rope_head_dim));
    const at::Tensor angle = at::outer(at::arange(length, at::kFloat), frequency);
    cos_ = angle.cos();
    sin_ = angle.sin();
  }

  std::vector<at::Tensor> counts;
  at::Tensor balance;
  at::Tensor x = at::embedding(weight("model.embed_tokens.weight"), ids);
  for (std::int64_t i = 0; i < config_.num_hidden_layers; ++i) x = layer(x, i, counts, balance);
  const at::Tensor hidden = norm(x, "model.norm.weight");
  const at::Tensor head = weight(config_.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight");
  const at::Tensor loss = at::cross_entropy_loss(at::linear(hidden, head).view({-1, vocab}), targets.flatten());
  at::Tensor total = loss;
  if (config_.num_mtp_modules > 0) {
    const std::string prefix = "model.layers." + std::to_string(config_.num_hidden_layers) + ".";
    // Every position but a row's last has an input and a target; the mean is over all positions as in the paper.
    const at::Tensor next = at::embedding(weight("model.embed_tokens.weight"), targets.slice(1, 0, length - 1));
    const at::Tensor joined =
        at::cat({norm(next, prefix + "enorm.weight"), norm(hidden.slice(1, 0, length - 1), prefix + "hnorm.weight")}, -1);
    const at::Tensor whole_mask = mask_, whole_cos = cos_, whole_sin = sin_;
    mask_ = mask_.slice(0, 0, length - 1).slice(1, 0, length - 1);
    cos_ = cos_.slice(0, 0, length - 1);
    sin_ = sin_.slice(0, 0, length - 1);
    const at::Tensor ahead = norm(layer(at::linear(joined, weight(prefix + "eh_proj.weight")), config_.num_hidden_layers, counts, balance),
                                  prefix + "shared_head.norm.weight");
    mask_ = whole_mask;
    cos_ = whole_cos;
    sin_ = whole_sin;
    const at::Tensor logits = at::linear(ahead, head).reshape({-1, vocab});
    const at::Tensor sum = at::cross_entropy_loss(logits, targets.slice(1, 1, length).flatten(), {}, at::Reduction::Sum);
    total = total + sum * (objective.mtp_weight.at(0.0) / static_cast<double>(rows * length));
  }
  if (balance.defined()) total = total + balance * objective.balance_alpha;
  total.backward();
  update(optimizer, learning_rate);

  const at::NoGradGuard no_grad;
  std::size_t index = 0;
  for (std::int64_t i = 0; i < config_.num_hidden_layers + config_.num_mtp_modules; ++i) {
    if (!config_.is_moe_layer(i)) continue;
    at::Tensor bias = weight("model.layers." + std::to_string(i) + ".mlp.gate.e_score_correction_bias");
    const at::Tensor load = counts[index++].to(at::kFloat);
    bias.sub_(at::sign(load - load.mean()), objective.bias_update_speed.at(0.0));
  }
  return loss.item<double>();
}

void PlainTorchModel::update(const train::OptimizerOptions& options, double learning_rate) {
  const at::NoGradGuard no_grad;
  ++steps_;
  std::vector<at::Tensor> values, gradients, decayed, first, second;
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    if (!trained_[i].grad().defined()) continue;
    values.push_back(trained_[i].detach());
    gradients.push_back(trained_[i].grad());
    first.push_back(exp_avg_[i]);
    second.push_back(exp_avg_sq_[i]);
    if (decay_[i]) decayed.push_back(values.back());
  }
  const double norm = at::stack(at::_foreach_norm(gradients, 2)).norm().item<double>();
  if (norm > options.clip_norm) at::_foreach_mul_(gradients, options.clip_norm / norm);
  at::_foreach_mul_(decayed, 1.0 - learning_rate * options.weight_decay);
  at::_foreach_mul_(first, options.beta1);
  at::_foreach_add_(first, gradients, 1.0 - options.beta1);
  at::_foreach_mul_(second, options.beta2);
  at::_foreach_addcmul_(second, gradients, gradients, 1.0 - options.beta2);
  const double correction1 = 1.0 - std::pow(options.beta1, steps_), correction2 = 1.0 - std::pow(options.beta2, steps_);
  std::vector<at::Tensor> root = at::_foreach_sqrt(second);
  at::_foreach_div_(root, std::sqrt(correction2));
  at::_foreach_add_(root, options.eps);
  at::_foreach_addcdiv_(values, first, root, -learning_rate / correction1);
  for (at::Tensor& tensor : trained_) tensor.mutable_grad().reset();
}

}  // namespace fathom::bench
