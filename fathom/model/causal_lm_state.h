// The parts of a CausalLM. Private to the room.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fathom/model/causal_lm.h"
#include "fathom/nn/decoder_layer.h"
#include "fathom/nn/mixture_of_experts.h"
#include "fathom/nn/multi_token_module.h"
#include "fathom/nn/rope_table.h"

namespace fathom::model {

struct CausalLM::State {
  struct MultiToken {
    std::unique_ptr<nn::MultiTokenModule> module;
    // Undefined while the module shares the main model's (which the checkpoint stores once more); a loaded checkpoint may differ.
    at::Tensor embedding, head;
  };

  ModelConfig config;
  at::TensorOptions options;
  std::optional<at::ScalarType> compute_dtype;
  std::shared_ptr<const nn::RopeTable> rope;
  at::Tensor embedding;  // [vocab, hidden]
  std::vector<nn::DecoderLayer> layers;
  at::Tensor norm;  // [hidden]
  at::Tensor head;  // [vocab, hidden]; undefined when tied to the embedding
  std::vector<MultiToken> multi_token;

  State(ModelConfig config, at::TensorOptions options);

  const at::Tensor& output() const { return head.defined() ? head : embedding; }
  at::ScalarType activation_dtype() const { return compute_dtype.value_or(c10::typeMetaToScalarType(options.dtype())); }
  std::string multi_token_prefix(std::size_t depth) const {
    return "model.layers." + std::to_string(config.num_hidden_layers + static_cast<std::int64_t>(depth)) + ".";
  }
  // Expert layers in the order of RoutingRecord::counts.
  std::vector<const nn::MixtureOfExperts*> expert_layers() const;
};

}  // namespace fathom::model
