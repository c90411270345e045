// A causal language model: embedding, pre-norm decoder layers, final norm, output head, and multi-token-prediction modules.
// Training, evaluation, rollouts and serving use this one definition.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "fathom/model/config.h"
#include "fathom/nn/forward_context.h"
#include "fathom/nn/module.h"

namespace fathom::model {

struct LoadOptions {
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;  // of the parameters; checkpoints are converted
};

struct SaveOptions {
  at::ScalarType dtype = at::kFloat;
  std::int64_t max_shard_bytes = std::int64_t{4} << 30;
};

class CausalLM : public nn::Module {
 public:
  // Uninitialised parameters. Throws Error when the config contradicts itself.
  explicit CausalLM(ModelConfig config, at::TensorOptions options = at::TensorOptions().dtype(at::kFloat));
  ~CausalLM() override;

  // Reads a model directory. Nothing is allocated before every tensor's presence and shape are checked. Throws Error naming file and
  // tensor: missing, unexpected, wrong shape, unknown dtype.
  static std::unique_ptr<CausalLM> load(const std::filesystem::path& directory, const LoadOptions& options = {});
  // Writes config.json and weights into an existing directory, reads every tensor back and compares; throws Error on any difference.
  void save(const std::filesystem::path& directory, const SaveOptions& options = {}) const;
  // Normal(0, initializer_range) matrices, ones for norms, zeros for biases (DeepSeek-V3 §4.2); a function of the seed.
  void initialize(std::uint64_t seed);

  const ModelConfig& config() const;
  at::Device device() const;

  // input_ids [tokens] int64 → hidden states after the final norm [tokens, hidden].
  // `compute_dtype` of activations is that of the parameters unless set_compute_dtype() says otherwise (bf16 over fp32 masters).
  at::Tensor forward(const at::Tensor& input_ids, const nn::ForwardContext& context) const;
  void set_compute_dtype(at::ScalarType dtype);
  at::ScalarType compute_dtype() const;
  // The output projection's weight [vocab, hidden] (the embedding when tied).
  const at::Tensor& output_weight() const;
  // hidden [tokens, hidden] → logits [tokens, vocab] fp32.
  at::Tensor logits(const at::Tensor& hidden) const;

  std::int64_t mtp_modules() const;
  // MTP module `depth` (0-based, DeepSeek-V3 §2.2): `hidden` [tokens, hidden] of the module before (0: the main model's, after the
  // final norm), next_ids [tokens] = the ids depth + 1 places further on. → this module's hidden states after its own final norm
  // (shared_head.norm), to be projected by mtp_output_weight(). The context holds the same tokens' sequences and positions.
  at::Tensor mtp_forward(std::int64_t depth, const at::Tensor& hidden, const at::Tensor& next_ids, const nn::ForwardContext& context) const;
  const at::Tensor& mtp_output_weight(std::int64_t depth) const;

  // Correction biases of the MoE layers, in the order of RoutingRecord::counts: each [experts] fp32. Not parameters; updated in place.
  std::vector<at::Tensor> correction_biases() const;

  void collect_parameters(const std::string& prefix, std::vector<nn::Parameter>& out) const override;
  void collect_checkpoint(const std::string& prefix, std::vector<nn::CheckpointTensor>& out) const override;
  std::vector<nn::Parameter> parameters() const;
  // Whether gradients are collected for the parameters (false after construction and load).
  void set_trainable(bool trainable);
  std::int64_t parameter_count() const;
  // Parameters that one token uses (shared and top-k experts; embedding not counted).
  std::int64_t active_parameter_count() const;

  // A copy with its own storage (reference policies).
  std::unique_ptr<CausalLM> clone() const;
  // Throws Error when the two differ in a parameter's name or shape.
  void copy_weights_from(const CausalLM& other);

 private:
  at::Tensor embed(const at::Tensor& weight, const at::Tensor& input_ids) const;
  void check_context(const at::Tensor& input_ids, const nn::ForwardContext& context) const;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fathom::model
