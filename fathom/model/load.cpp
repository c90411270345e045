// Reading a model directory.
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/model/causal_lm.h"
#include "fathom/model/causal_lm_state.h"
#include "fathom/model/weight_files.h"

namespace fathom::model {
namespace {

constexpr const char* output_name = "lm_head.weight";
constexpr const char* embedding_name = "model.embed_tokens.weight";

bool same_values(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && at::equal(a.to(at::kFloat), b.to(at::kFloat));
}

// Multi-token-prediction modules that the files hold, whatever the config says.
std::int64_t modules_present(const ModelConfig& config, const WeightFiles& files) {
  std::int64_t modules = 0;
  while (config.is_mla() && files.contains("model.layers." + std::to_string(config.num_hidden_layers + modules) + ".eh_proj.weight"))
    ++modules;
  return modules;
}

void settle_modules(ModelConfig& config, const WeightFiles& files) {
  const std::int64_t present = modules_present(config, files);
  if (present != config.num_mtp_modules) {
    spdlog::warn("{}: config.json announces {} multi-token-prediction module(s), the weights hold {}; loading {}", files.directory(),
                 config.num_mtp_modules, present, present == 0 ? "without them" : "those");
  }
  config.num_mtp_modules = present;
}

// The copies of the embedding and the output head that a module's checkpoint entries may be, by the name of the original.
struct SharedName {
  std::string name;
  const char* original;
};
std::vector<SharedName> shared_names(const ModelConfig& config) {
  std::vector<SharedName> names;
  const char* output = config.tie_word_embeddings ? embedding_name : output_name;
  for (std::int64_t depth = 0; depth < config.num_mtp_modules; ++depth) {
    const std::string prefix = "model.layers." + std::to_string(config.num_hidden_layers + depth) + ".";
    names.push_back({prefix + "embed_tokens.weight", embedding_name});
    names.push_back({prefix + "shared_head.head.weight", output});
  }
  return names;
}

// Everything that can be wrong with the files, found before memory is taken for the weights.
void check_tensors(const ModelConfig& config, const WeightFiles& files) {
  const CausalLM shapes(config, at::TensorOptions().dtype(at::kFloat).device(at::kMeta));
  std::vector<nn::CheckpointTensor> expected;
  shapes.collect_checkpoint("", expected);
  std::set<std::string> optional;  // a module without a copy of its own uses the main model's
  for (const SharedName& shared : shared_names(config)) optional.insert(shared.name);

  std::set<std::string> known;
  std::vector<std::string> missing;
  for (const nn::CheckpointTensor& tensor : expected) {
    known.insert(tensor.name);
    known.insert(tensor.name + "_scale_inv");
    if (!files.contains(tensor.name)) {
      if (!optional.contains(tensor.name)) missing.push_back(tensor.name);
      continue;
    }
    const std::vector<std::int64_t> shape = files.shape(tensor.name);
    require(tensor.view.sizes() == at::IntArrayRef(shape), "{}: tensor '{}' has shape [{}], but config.json makes it [{}]",
            files.file_of(tensor.name), tensor.name, fmt::join(shape, ", "), fmt::join(tensor.view.sizes(), ", "));
  }
  require(missing.empty(), "{}: {} tensor(s) are missing, the first is '{}'; does config.json belong to these weights?", files.directory(),
          missing.size(), missing.empty() ? "" : missing.front());

  if (config.tie_word_embeddings) known.insert(output_name);
  for (const std::string& name : files.names()) {
    if (known.contains(name) || name.ends_with("rotary_emb.inv_freq")) continue;  // older files store the frequencies too
    const std::vector<std::int64_t> shape = files.shape(name);
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) continue;  // shared experts of width 0
    fail("{}: tensor '{}' does not belong to this model; does config.json belong to these weights?", files.file_of(name), name);
  }
}

}  // namespace

std::unique_ptr<CausalLM> CausalLM::load(const std::filesystem::path& directory, const LoadOptions& options) {
  const at::NoGradGuard no_grad;
  ModelConfig config = ModelConfig::load(directory);
  const WeightFiles files(directory);
  settle_modules(config, files);
  check_tensors(config, files);

  auto model = std::make_unique<CausalLM>(config, at::TensorOptions().dtype(options.dtype).device(options.device));
  State& state = *model->state_;
  std::set<std::string> shared;
  for (const SharedName& entry : shared_names(config)) shared.insert(entry.name);
  std::vector<nn::CheckpointTensor> tensors;
  model->collect_checkpoint("", tensors);
  for (nn::CheckpointTensor& tensor : tensors)
    if (!shared.contains(tensor.name)) tensor.view.copy_(files.read(tensor.name, config.fp8_block));

  if (config.tie_word_embeddings && files.contains(output_name)) {
    require(same_values(files.read(output_name, config.fp8_block), files.read(embedding_name, config.fp8_block)),
            "{}: config.json ties the output to the embedding, but '{}' differs from '{}'; set tie_word_embeddings to false",
            files.file_of(output_name), output_name, embedding_name);
  }

  // A module's copies are shared with the main model when they are equal, so that training keeps them so.
  std::size_t depth = 0;
  const std::vector<SharedName> names = shared_names(config);
  for (std::size_t i = 0; i < names.size(); i += 2, ++depth) {
    State::MultiToken& entry = state.multi_token[depth];
    for (const auto& [name, own] : {std::pair(&names[i], &entry.embedding), std::pair(&names[i + 1], &entry.head)}) {
      if (!files.contains(name->name)) continue;
      const at::Tensor values = files.read(name->name, config.fp8_block);
      if (!same_values(values, files.read(name->original, config.fp8_block))) *own = values.to(state.options).clone();
    }
  }
  return model;
}

}  // namespace fathom::model
