// Decoding speed beside the memory bandwidth of the same machine in the same run: a decode step has to read every weight that
// it uses once, so weights · tokens/s at batch 1 cannot exceed the bandwidth.
//   decode_bench [threads]
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "fathom/engine/generator.h"
#include "fathom/ops/cpu_setup.h"

namespace {

using fathom::model::CausalLM;
using fathom::model::ModelConfig;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// As the kernel names it ("32768K"); sysconf gives a virtual machine the whole host's.
std::string last_level_cache() {
  std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index3/size");
  std::string size = "of unknown size";
  file >> size;
  return size;
}

// Bytes a second when all threads read a large array: the best pass so far. Passes alternate with what is measured, so that on a
// machine that others use too both have their quiet moments.
class ReadBandwidth {
 public:
  void pass() {
    const double begin = now();
    at::parallel_for(0, values / 1024, 1024, [&](std::int64_t first, std::int64_t last) {
      float sums[64] = {};
      for (std::int64_t i = first * 1024; i < last * 1024; i += 64)
        for (int lane = 0; lane < 64; ++lane) sums[lane] += array_[static_cast<std::size_t>(i + lane)];
      float sum = 0;
      for (const float value : sums) sum += value;
      sink_ = sum;
    });
    best_ = std::max(best_, static_cast<double>(values) * sizeof(float) / (now() - begin));
  }
  double best() const { return best_; }

  static constexpr std::int64_t values = std::int64_t{1} << 26;  // 256 MiB

 private:
  std::vector<float> array_ = std::vector<float>(static_cast<std::size_t>(values), 1.0f);
  double best_ = 0;
  volatile float sink_ = 0;
};

ModelConfig dense() {
  ModelConfig config;
  config.architecture = fathom::model::Architecture::llama;
  config.vocab_size = 8192;
  config.hidden_size = 768;
  config.intermediate_size = 2048;
  config.num_hidden_layers = 8;
  config.num_attention_heads = 12;
  config.num_key_value_heads = 4;
  config.head_dim = 64;
  config.max_position_embeddings = 1024;
  return config;
}

ModelConfig latent_experts() {
  ModelConfig config = dense();
  config.architecture = fathom::model::Architecture::deepseek_v3;
  config.num_key_value_heads = 12;
  config.q_lora_rank = 384;
  config.kv_lora_rank = 256;
  config.qk_nope_head_dim = 64;
  config.qk_rope_head_dim = 32;
  config.v_head_dim = 64;
  config.n_routed_experts = 16;
  config.n_shared_experts = 1;
  config.num_experts_per_tok = 4;
  config.moe_intermediate_size = 512;
  config.first_k_dense_replace = 1;
  config.routed_scaling_factor = 2.5;
  return config;
}

// Weights that a step of `batch` tokens reads, when every expert is equally likely.
double step_bytes(const CausalLM& model, std::int64_t batch) {
  const ModelConfig& config = model.config();
  double parameters = static_cast<double>(model.active_parameter_count());
  if (config.n_routed_experts > 0) {
    const auto experts = static_cast<double>(config.n_routed_experts), top_k = static_cast<double>(config.num_experts_per_tok);
    const double touched = experts * (1 - std::pow(1 - top_k / experts, static_cast<double>(batch)));
    const double layers = static_cast<double>(config.num_hidden_layers - config.first_k_dense_replace);
    parameters += layers * (touched - top_k) * 3 * static_cast<double>(config.hidden_size * config.moe_intermediate_size);
  }
  return parameters * sizeof(float);
}

struct Row {
  std::string name;
  std::int64_t batch;
  double weight_bytes, step_bytes, step_seconds;
};

constexpr std::int64_t prompt_tokens = 32, new_tokens = 9;

void measure(const std::string& name, const ModelConfig& config, ReadBandwidth& bandwidth, std::vector<Row>& rows) {
  CausalLM model(config);
  model.initialize(1);
  for (const std::int64_t batch : {1, 32}) {
    std::vector<fathom::engine::GenerationRequest> requests(static_cast<std::size_t>(batch));
    for (std::size_t i = 0; i < requests.size(); ++i) {
      requests[i].params.max_new_tokens = new_tokens;
      for (std::int64_t t = 0; t < prompt_tokens; ++t)
        requests[i].prompt_ids.push_back((static_cast<std::int64_t>(i) * 37 + t * 11) % config.vocab_size);
    }
    double best = 1e30, cache_bytes = 0;
    for (int repeat = 0; repeat < (batch == 1 ? 60 : 12); ++repeat) {
      bandwidth.pass();
      fathom::engine::Generator generator(model, nullptr);
      generator.generate(requests);
      best = std::min(best, generator.statistics().decode_seconds);
      cache_bytes = static_cast<double>(generator.statistics().cache_bytes_per_token * (prompt_tokens + new_tokens / 2));  // mean context
    }
    const double weights = step_bytes(model, batch);
    // The first new token comes from the prompt's pass.
    rows.push_back({name, batch, weights, weights + cache_bytes * static_cast<double>(batch), best / static_cast<double>(new_tokens - 1)});
  }
}

}  // namespace

int main(int argc, char** argv) {
  fathom::ops::setup_cpu(argc > 1 ? std::atoi(argv[1]) : 0);
  std::vector<Row> rows;
  ReadBandwidth bandwidth;
  measure("dense", dense(), bandwidth, rows);
  measure("MLA + experts", latent_experts(), bandwidth, rows);

  fmt::print("{} threads, last-level cache {}, read bandwidth {:.1f} GB/s ({} MiB array)\n\n", at::get_num_threads(), last_level_cache(),
             bandwidth.best() / 1e9, ReadBandwidth::values * 4 / 1048576);
  fmt::print("{:<16}{:>6}{:>14}{:>12}{:>12}{:>12}{:>8}\n", "model", "batch", "weights MiB", "tokens/s", "ms a step", "GB/s", "share");
  for (const Row& row : rows)
    fmt::print("{:<16}{:>6}{:>14.1f}{:>12.1f}{:>12.2f}{:>12.1f}{:>7.0f}%\n", row.name, row.batch, row.weight_bytes / 1048576.0,
               static_cast<double>(row.batch) / row.step_seconds, 1e3 * row.step_seconds, row.step_bytes / row.step_seconds / 1e9,
               100 * row.step_bytes / row.step_seconds / bandwidth.best());
  return 0;
}
