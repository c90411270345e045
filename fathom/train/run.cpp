#include "fathom/train/run.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "fathom/base/error.h"
#include "fathom/base/progress.h"
#include "fathom/train/checkpoint.h"

namespace fathom::train {
namespace {

const char* name_of(model::Architecture architecture) {
  switch (architecture) {
    case model::Architecture::deepseek_v3: return "deepseek_v3";
    case model::Architecture::llama: return "llama";
    case model::Architecture::qwen2: return "qwen2";
  }
  return "unknown";
}

}  // namespace

FileLock begin_run(const RunSettings& settings) {
  FileLock lock = lock_output(settings.out);
  const bool has_checkpoint = latest_checkpoint(settings.out).has_value();
  if (settings.resume && !has_checkpoint) {
    fail_usage("nothing to resume: {} holds no complete checkpoint; start without --resume", (settings.out / "checkpoints").string());
  }
  if (!settings.resume && (has_checkpoint || std::filesystem::exists(settings.out / "model"))) {
    fail_usage("{} already holds a run; give --resume to go on with it, or another --out", settings.out.string());
  }
  std::error_code error;
  std::filesystem::create_directories(settings.out, error);
  require(!error, "cannot create {}: {}", settings.out.string(), error.message());
  return lock;
}

std::uint64_t seed_from_recipe(Recipe& recipe) {
  const std::int64_t seed = recipe.get("train.seed", 1);
  if (seed < 0) fail_usage("recipe key train.seed: 0 or more is expected, got {}", seed);
  return static_cast<std::uint64_t>(seed);
}

at::ScalarType precision_from_recipe(Recipe& recipe, at::Device device) {
  const std::string precision = recipe.choose("train.precision", device.is_cpu() ? "fp32" : "bf16", {"fp32", "bf16"});
  if (precision == "bf16" && device.is_cpu()) {
    fail_usage("train.precision = bf16 needs --device cuda; on the CPU fp32 is faster");
  }
  return precision == "bf16" ? at::kBFloat16 : at::kFloat;
}

std::string model_card(const model::ModelConfig& config, const ModelCost& cost) {
  std::string text =
      fmt::format("Model    {}, {} parameters", name_of(config.architecture), format_count(static_cast<double>(cost.parameters)));
  text += fmt::format(" ({} active a token", format_count(static_cast<double>(cost.active_parameters)));
  if (cost.mtp_parameters > 0) text += fmt::format(", {} in the MTP module", format_count(static_cast<double>(cost.mtp_parameters)));
  text += fmt::format("): {} layers, width {}, {} heads", config.num_hidden_layers, config.hidden_size, config.num_attention_heads);
  if (config.is_mla()) text += fmt::format(", latent {}+{}", config.kv_lora_rank, config.qk_rope_head_dim);
  if (config.n_routed_experts > 0) {
    text += fmt::format(", {} of {} experts + {} shared", config.num_experts_per_tok, config.n_routed_experts, config.n_shared_experts);
  }
  return text + fmt::format(", vocabulary {}\n", config.vocab_size);
}

std::string device_card(at::Device device, at::ScalarType precision, double peak_flops) {
  std::string text = fmt::format("Device   {}, {}", device.is_cpu() ? fmt::format("cpu, {} threads", at::get_num_threads()) : "cuda",
                                 precision == at::kBFloat16 ? "bf16 over fp32 weights" : "fp32");
  if (peak_flops > 0) text += fmt::format("; matrix products reach {:.0f} GFLOP/s here", peak_flops / 1e9);
  return text + "\n";
}

OrderedJson model_summary(const model::ModelConfig& config, const ModelCost& cost) {
  return {{"type", name_of(config.architecture)},  {"parameters", cost.parameters},   {"active_parameters", cost.active_parameters},
          {"mtp_parameters", cost.mtp_parameters}, {"vocab_size", config.vocab_size}, {"training_flops_per_token", cost.training_flops}};
}

double scaling_law_learning_rate(double operations) { return std::min(4e-3, 0.3118 * std::pow(std::max(operations, 1.0), -0.125)); }

OrderedJson loop_summary(const LoopResult& result, const ModelCost& cost, double peak_flops) {
  OrderedJson summary = {{"steps", result.steps},
                         {"tokens", result.tokens},
                         {"seconds", result.seconds},
                         {"tokens_per_second", result.tokens_per_second()},
                         {"loss", result.last.loss}};
  if (peak_flops > 0) summary["utilisation"] = result.tokens_per_second() * cost.training_flops / peak_flops;
  if (result.validation) {
    summary["validation_loss"] = result.validation->loss;
    summary["validation_perplexity"] = result.validation->perplexity;
    if (result.validation->bits_per_byte > 0) summary["validation_bits_per_byte"] = result.validation->bits_per_byte;
  }
  summary["interrupted"] = result.interrupted;
  summary["peak_resident_bytes"] = peak_resident_memory();
  return summary;
}

}  // namespace fathom::train
