#include "fathom/model/causal_lm.h"

#include <ATen/Parallel.h>

#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/model/causal_lm_state.h"
#include "fathom/ops/linear.h"

namespace fathom::model {

CausalLM::CausalLM(ModelConfig config, at::TensorOptions options) : state_(std::make_unique<State>(std::move(config), options)) {}
CausalLM::~CausalLM() = default;

const ModelConfig& CausalLM::config() const { return state_->config; }
at::Device CausalLM::device() const { return state_->options.device(); }
void CausalLM::set_compute_dtype(at::ScalarType dtype) { state_->compute_dtype = dtype; }
at::ScalarType CausalLM::compute_dtype() const { return state_->activation_dtype(); }
const at::Tensor& CausalLM::output_weight() const { return state_->output(); }
std::int64_t CausalLM::mtp_modules() const { return static_cast<std::int64_t>(state_->multi_token.size()); }

const at::Tensor& CausalLM::mtp_output_weight(std::int64_t depth) const {
  const State::MultiToken& entry = state_->multi_token.at(static_cast<std::size_t>(depth));
  return entry.head.defined() ? entry.head : state_->output();
}

// What a kernel further down could not report well: a wrong id, a sequence that runs out of the rotary table.
void CausalLM::check_context(const at::Tensor& input_ids, const nn::ForwardContext& context) const {
  const ModelConfig& config = state_->config;
  require(input_ids.dim() == 1 && input_ids.scalar_type() == at::kLong && input_ids.size(0) == context.sequences.tokens() &&
              context.positions.size(0) == input_ids.size(0),
          "the model takes one int64 id a token: {} ids for {} tokens and {} positions", input_ids.numel(), context.sequences.tokens(),
          context.positions.size(0));
  std::int64_t longest = context.sequences.max_length;
  if (context.step != nullptr) {
    for (std::size_t s = 0; s < context.step->lengths_before.size(); ++s)
      longest = std::max(longest, context.step->lengths_before[s] + context.sequences.host[s + 1] - context.sequences.host[s]);
  }
  require(longest <= config.max_position_embeddings, "a sequence of {} tokens is longer than the model's context of {}", longest,
          config.max_position_embeddings);
  if (!input_ids.is_cpu()) return;  // a look at the ids would wait for the device
  const at::Tensor ids = input_ids.contiguous();
  for (std::int64_t i = 0; i < ids.size(0); ++i) {
    const std::int64_t id = ids.data_ptr<std::int64_t>()[i];
    require(id >= 0 && id < config.vocab_size,
            "token id {} is outside the model's vocabulary of {}; do tokenizer and model belong together?", id, config.vocab_size);
  }
}

at::Tensor CausalLM::embed(const at::Tensor& weight, const at::Tensor& input_ids) const {
  return at::embedding(weight, input_ids).to(state_->activation_dtype());
}

at::Tensor CausalLM::forward(const at::Tensor& input_ids, const nn::ForwardContext& context) const {
  check_context(input_ids, context);
  const at::AutoGradMode gradients(at::GradMode::is_enabled() && context.cache == nullptr);
  nn::ResidualStream stream{embed(state_->embedding, input_ids), {}};
  for (const nn::DecoderLayer& layer : state_->layers) layer.forward(stream, context);
  return stream.normalize(state_->norm, state_->config.rms_norm_eps);
}

at::Tensor CausalLM::logits(const at::Tensor& hidden) const { return ops::linear(hidden, output_weight()).to(at::kFloat); }

at::Tensor CausalLM::mtp_forward(std::int64_t depth, const at::Tensor& hidden, const at::Tensor& next_ids,
                                 const nn::ForwardContext& context) const {
  check_context(next_ids, context);
  const at::AutoGradMode gradients(at::GradMode::is_enabled() && context.cache == nullptr);
  const State::MultiToken& entry = state_->multi_token.at(static_cast<std::size_t>(depth));
  const at::Tensor embedding = embed(entry.embedding.defined() ? entry.embedding : state_->embedding, next_ids);
  return entry.module->forward(hidden, embedding, context);
}

std::vector<at::Tensor> CausalLM::correction_biases() const {
  std::vector<at::Tensor> biases;
  for (const nn::MixtureOfExperts* experts : state_->expert_layers()) biases.push_back(experts->correction_bias());
  return biases;
}

void CausalLM::collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const {
  const State& state = *state_;
  out.push_back({prefix + "model.embed_tokens.weight", state.embedding});
  for (std::size_t i = 0; i < state.layers.size(); ++i)
    state.layers[i].collect_parameters(prefix + "model.layers." + std::to_string(i) + ".", out);
  out.push_back({prefix + "model.norm.weight", state.norm, false});
  if (state.head.defined()) out.push_back({prefix + "lm_head.weight", state.head});
  for (std::size_t depth = 0; depth < state.multi_token.size(); ++depth) {
    const State::MultiToken& entry = state.multi_token[depth];
    const std::string here = prefix + state.multi_token_prefix(depth);
    if (entry.embedding.defined()) out.push_back({here + "embed_tokens.weight", entry.embedding});
    entry.module->collect_parameters(here, out);
    if (entry.head.defined()) out.push_back({here + "shared_head.head.weight", entry.head});
  }
}

void CausalLM::collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const {
  const State& state = *state_;
  out.push_back({prefix + "model.embed_tokens.weight", state.embedding.detach()});
  for (std::size_t i = 0; i < state.layers.size(); ++i)
    state.layers[i].collect_checkpoint(prefix + "model.layers." + std::to_string(i) + ".", out);
  out.push_back({prefix + "model.norm.weight", state.norm.detach()});
  if (state.head.defined()) out.push_back({prefix + "lm_head.weight", state.head.detach()});
  for (std::size_t depth = 0; depth < state.multi_token.size(); ++depth) {
    const State::MultiToken& entry = state.multi_token[depth];
    const std::string here = prefix + state.multi_token_prefix(depth);
    out.push_back({here + "embed_tokens.weight", (entry.embedding.defined() ? entry.embedding : state.embedding).detach()});
    entry.module->collect_checkpoint(here, out);
    out.push_back({here + "shared_head.head.weight", (entry.head.defined() ? entry.head : state.output()).detach()});
  }
}

std::vector<nn::Parameter> CausalLM::parameters() const {
  std::vector<nn::Parameter> out;
  collect_parameters("", out);
  return out;
}

void CausalLM::set_trainable(bool trainable) {
  for (nn::Parameter& parameter : parameters()) parameter.tensor.set_requires_grad(trainable);
}

std::int64_t CausalLM::parameter_count() const {
  std::int64_t count = 0;
  for (const nn::Parameter& parameter : parameters()) count += parameter.tensor.numel();
  return count;
}

std::int64_t CausalLM::active_parameter_count() const {
  const State& state = *state_;
  std::int64_t count = state.norm.numel() + state.output().numel();
  for (const nn::DecoderLayer& layer : state.layers) {
    std::vector<nn::Parameter> parameters;
    layer.collect_parameters("", parameters);
    for (const nn::Parameter& parameter : parameters) {
      // Only the routed experts are stacked in three dimensions.
      const bool experts = parameter.tensor.dim() == 3;
      count +=
          experts ? parameter.tensor.numel() / state.config.n_routed_experts * state.config.num_experts_per_tok : parameter.tensor.numel();
    }
  }
  return count;
}

void CausalLM::initialize(std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  // Draws of one block are a function of (seed, parameter, block): the thread count does not matter.
  constexpr std::int64_t block = 1 << 14;
  const auto scale = static_cast<float>(state_->config.initializer_range);
  std::uint64_t stream = 0;
  for (const nn::Parameter& parameter : parameters()) {
    ++stream;
    if (!parameter.decay) {
      parameter.tensor.detach().fill_(parameter.name.ends_with("bias") ? 0.0 : 1.0);
      continue;
    }
    at::Tensor values = at::empty(parameter.tensor.sizes(), at::TensorOptions().dtype(at::kFloat));
    float* out = values.data_ptr<float>();
    const std::int64_t count = values.numel();
    at::parallel_for(0, (count + block - 1) / block, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t b = first; b < last; ++b) {
        Rng rng(seed, stream);
        rng.restore({seed, stream, 2 * static_cast<std::uint64_t>(b * block)});  // a normal number takes two draws
        for (std::int64_t i = b * block; i < std::min(count, (b + 1) * block); ++i) out[i] = scale * static_cast<float>(rng.normal());
      }
    });
    parameter.tensor.detach().copy_(values);
  }
  for (at::Tensor& bias : correction_biases()) bias.zero_();
}

std::unique_ptr<CausalLM> CausalLM::clone() const {
  auto copy = std::make_unique<CausalLM>(state_->config, state_->options);
  copy->state_->compute_dtype = state_->compute_dtype;
  for (std::size_t depth = 0; depth < state_->multi_token.size(); ++depth) {
    const State::MultiToken& from = state_->multi_token[depth];
    if (from.embedding.defined()) copy->state_->multi_token[depth].embedding = at::empty_like(from.embedding.detach());
    if (from.head.defined()) copy->state_->multi_token[depth].head = at::empty_like(from.head.detach());
  }
  copy->copy_weights_from(*this);
  return copy;
}

void CausalLM::copy_weights_from(const CausalLM& other) {
  const at::NoGradGuard no_grad;
  const std::vector<nn::Parameter> to = parameters(), from = other.parameters();
  require(to.size() == from.size(), "cannot copy the weights of a model with {} parameters into one with {}", from.size(), to.size());
  for (std::size_t i = 0; i < to.size(); ++i) {
    require(to[i].name == from[i].name && to[i].tensor.sizes() == from[i].tensor.sizes(),
            "cannot copy weights: parameter {} does not fit {} (another name or shape)", from[i].name, to[i].name);
    to[i].tensor.detach().copy_(from[i].tensor.detach());
  }
  const std::vector<at::Tensor> biases = correction_biases(), other_biases = other.correction_biases();
  for (std::size_t i = 0; i < biases.size(); ++i) biases[i].copy_(other_biases[i]);
}

}  // namespace fathom::model
