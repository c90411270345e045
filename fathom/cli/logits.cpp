// fathom logits: what a model says of given token ids.
//   fathom logits --model DIR --input ids.safetensors --out logits.safetensors
// The input holds input_ids [batch, tokens] int64; the output logits [batch, tokens, vocab] fp32, and for each
// multi-token-prediction module mtp_logits [batch, tokens - 1, vocab] (further modules: mtp_logits_2 [batch, tokens - 2, vocab], ...).
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/compute_device.h"
#include "fathom/cli/model_commands.h"
#include "fathom/model/causal_lm.h"
#include "fathom/model/safetensors.h"
#include "fathom/ops/linear.h"

namespace fathom::cli {
namespace {

struct LogitsOptions {
  std::string model, input, out;
  ComputeOptions compute;
};

at::Tensor read_input(const std::string& path, std::int64_t vocab_size) {
  const auto file = model::SafetensorsFile::open(path);
  const at::Tensor ids = file.tensor("input_ids").clone();
  require(ids.dim() == 2 && ids.scalar_type() == at::kLong, "{}: input_ids must be int64 [batch, tokens]; it is {} with {} dimensions",
          path, file.dtype_name("input_ids"), ids.dim());
  require(ids.numel() > 0, "{}: input_ids is empty", path);
  require(ids.min().item<std::int64_t>() >= 0 && ids.max().item<std::int64_t>() < vocab_size,
          "{}: input_ids holds ids from {} to {}, but the model's vocabulary has {} entries", path, ids.min().item<std::int64_t>(),
          ids.max().item<std::int64_t>(), vocab_size);
  return ids;
}

nn::ForwardContext one_sequence(std::int64_t tokens, at::Device device) {
  return nn::ForwardContext::packed(ops::PackedSequences::from_lengths({tokens}, device));
}

// Logits of one row: the main model's, then those of each module.
std::vector<at::Tensor> row_logits(const model::CausalLM& model, const at::Tensor& ids) {
  const std::int64_t tokens = ids.size(0);
  at::Tensor hidden = model.forward(ids, one_sequence(tokens, model.device()));
  std::vector<at::Tensor> logits = {model.logits(hidden).cpu()};
  for (std::int64_t depth = 0; depth < model.mtp_modules(); ++depth) {
    const std::int64_t rows = tokens - depth - 1;
    if (rows <= 0) {
      logits.push_back(at::empty({0, model.config().vocab_size}));
      continue;
    }
    hidden = model.mtp_forward(depth, hidden.narrow(0, 0, rows), ids.narrow(0, depth + 1, rows), one_sequence(rows, model.device()));
    logits.push_back(ops::linear(hidden, model.mtp_output_weight(depth)).to(at::kCPU, at::kFloat));
  }
  return logits;
}

int run(const LogitsOptions& options) {
  const at::NoGradGuard no_grad;
  std::error_code error;
  if (std::filesystem::equivalent(options.input, options.out, error))
    fail_usage("--out {} is the input; choose another name for the result", options.out);
  model::LoadOptions load;
  load.device = set_up_compute(options.compute);
  const std::unique_ptr<model::CausalLM> model = model::CausalLM::load(options.model, load);
  const at::Tensor ids = read_input(options.input, model->config().vocab_size);

  std::vector<std::vector<at::Tensor>> outputs(static_cast<std::size_t>(1 + model->mtp_modules()));
  for (std::int64_t row = 0; row < ids.size(0); ++row) {
    std::vector<at::Tensor> logits = row_logits(*model, ids[row].to(load.device));
    for (std::size_t i = 0; i < logits.size(); ++i) outputs[i].push_back(std::move(logits[i]));
  }
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string name = i == 0 ? "logits" : i == 1 ? "mtp_logits" : "mtp_logits_" + std::to_string(i);
    tensors.emplace_back(name, at::stack(outputs[i]));
    if (!at::isfinite(tensors.back().second).all().item<bool>())
      fmt::print(stderr, "fathom: warning: {}: {} holds values that are not finite; its weights are damaged or training diverged\n",
                 options.model, name);
  }
  model::write_safetensors(options.out, tensors);
  return 0;
}

}  // namespace

Runner set_up_logits(CLI::App& app) {
  const auto options = std::make_shared<LogitsOptions>();
  app.add_option("--model", options->model, "Model directory (config.json, *.safetensors)")->required();
  app.add_option("--input", options->input, "Safetensors file with input_ids [batch, tokens] int64")->required();
  app.add_option("--out", options->out, "Safetensors file to write: logits [batch, tokens, vocab], mtp_logits [batch, tokens - 1, vocab]")
      ->required();
  options->compute.add_to(app);
  return [options] { return run(*options); };
}

}  // namespace fathom::cli
