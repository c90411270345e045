// Tokens a second of a training step: fathom against the same model in plain libtorch in the same run, and both as a share of the fp32
// matrix-product peak measured in the same run.
//
//   build/release/bench/train_bench
//   build/release/bench/train_bench --json --seconds 10
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <cblas.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/plain_torch_model.h"
#include "fathom/base/error.h"
#include "fathom/base/json.h"
#include "fathom/base/rng.h"
#include "fathom/ops/cpu_setup.h"
#include "fathom/quickstart/quickstart.h"
#include "fathom/train/language_model_step.h"
#include "fathom/train/matmul_peak.h"
#include "fathom/train/model_cost.h"
#include "fathom/train/model_recipe.h"

namespace fathom::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Case {
  std::string name;
  Recipe recipe;
  std::int64_t vocab_size, rows, length;
};

struct Threads {
  int torch, blas;
};

struct Measurement {
  double tokens_per_second = 0;  // median over rounds
  Threads threads{};
};

data::PackedBatch random_batch(std::int64_t rows, std::int64_t length, std::int64_t vocab_size, std::uint64_t seed) {
  Rng rng(seed);
  data::PackedBatch batch;
  batch.cu_seqlens.push_back(0);
  for (std::int64_t row = 0; row < rows; ++row) {
    // Half of the pairs repeat, so that there is something to learn and experts see uneven loads.
    std::int64_t token = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(vocab_size)));
    for (std::int64_t i = 0; i < length; ++i) {
      batch.input_ids.push_back(token);
      token =
          rng.uniform() < 0.5 ? (token * 7 + 3) % vocab_size : static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(vocab_size)));
      batch.targets.push_back(token);
      batch.positions.push_back(i);
    }
    batch.cu_seqlens.push_back(static_cast<std::int32_t>((row + 1) * length));
  }
  return batch;
}

void use_threads(Threads threads) {
  at::set_num_threads(threads.torch);
  openblas_set_num_threads(threads.blas);
}

// Runs steps for `seconds` (at least three after one that is not counted) and returns the median tokens a second.
double measure(const std::function<void()>& step, std::int64_t tokens, double seconds) {
  step();
  std::vector<double> rates;
  const Clock::time_point begin = Clock::now();
  while (rates.size() < 3 || std::chrono::duration<double>(Clock::now() - begin).count() < seconds) {
    const Clock::time_point start = Clock::now();
    step();
    rates.push_back(static_cast<double>(tokens) / std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::nth_element(rates.begin(), rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2), rates.end());
  return rates[rates.size() / 2];
}

OrderedJson run_case(Case& shape, double seconds, int cores) {
  const train::ModelRecipe wanted = train::ModelRecipe::from_recipe(shape.recipe, shape.vocab_size, shape.length);
  const train::ModelCost cost = train::model_cost(wanted.config, shape.length);
  const auto model = wanted.build(at::kCPU, 1);
  PlainTorchModel plain(*model);
  train::OptimizerOptions options;
  train::Optimizer optimizer(model->parameters(), options);
  const train::ObjectiveOptions objective;
  const double learning_rate = 1e-3;
  const std::int64_t tokens = shape.rows * shape.length;
  const Threads ours{cores, 1};

  // The same computation, or the comparison means nothing.
  const data::PackedBatch first = random_batch(shape.rows, shape.length, shape.vocab_size, 0);
  use_threads(ours);
  const double loss = train::train_step(*model, optimizer, {first}, objective, learning_rate, 0.0).loss;
  const double plain_loss = plain.step(first, shape.rows, objective, options, learning_rate);
  const double second_loss = train::train_step(*model, optimizer, {first}, objective, learning_rate, 0.0).loss;
  const double plain_second_loss = plain.step(first, shape.rows, objective, options, learning_rate);
  require(std::abs(loss - plain_loss) <= 1e-3, "{}: the losses of step 1 differ: fathom {}, plain libtorch {}", shape.name, loss,
          plain_loss);
  require(std::abs(second_loss - plain_second_loss) <= 5e-3, "{}: the losses of step 2 differ: fathom {}, plain libtorch {}", shape.name,
          second_loss, plain_second_loss);

  double peak = train::measure_matmul_peak(at::kCPU, at::kFloat, 1.0);
  std::int64_t index = 0;
  const auto our_step = [&] {
    train::train_step(*model, optimizer, {random_batch(shape.rows, shape.length, shape.vocab_size, static_cast<std::uint64_t>(++index))},
                      objective, learning_rate, 0.0);
  };
  const auto plain_step = [&] {
    plain.step(random_batch(shape.rows, shape.length, shape.vocab_size, static_cast<std::uint64_t>(++index)), shape.rows, objective,
               options, learning_rate);
  };

  // Rounds of both in turn, so that a busy moment of the machine meets both.
  std::vector<Threads> candidates = {{1, 1}};
  if (cores > 1) candidates.insert(candidates.end(), {{cores, 1}, {1, cores}, {cores, cores}});
  Measurement best;
  OrderedJson tried = OrderedJson::array();
  for (const Threads& threads : candidates) {
    use_threads(threads);
    const double rate = measure(plain_step, tokens, seconds / 4);
    tried.push_back({{"torch_threads", threads.torch}, {"blas_threads", threads.blas}, {"tokens_per_second", rate}});
    if (rate > best.tokens_per_second) best = {rate, threads};
  }
  std::vector<double> our_rates, plain_rates;
  for (int round = 0; round < 3; ++round) {
    use_threads(ours);
    our_rates.push_back(measure(our_step, tokens, seconds / 3));
    peak = std::max(peak, train::measure_matmul_peak(at::kCPU, at::kFloat, 0.5));
    use_threads(best.threads);
    plain_rates.push_back(measure(plain_step, tokens, seconds / 3));
  }
  std::sort(our_rates.begin(), our_rates.end());
  std::sort(plain_rates.begin(), plain_rates.end());
  const double our_rate = our_rates[1], plain_rate = plain_rates[1];

  return {{"name", shape.name},
          {"parameters", cost.parameters},
          {"active_parameters", cost.active_parameters},
          {"rows", shape.rows},
          {"length", shape.length},
          {"flops_per_token", cost.training_flops},
          {"peak_gflops", peak / 1e9},
          {"loss", loss},
          {"plain_loss", plain_loss},
          {"fathom_tokens_per_second", our_rate},
          {"fathom_share_of_peak", our_rate * cost.training_flops / peak},
          {"plain_tokens_per_second", plain_rate},
          {"plain_share_of_peak", plain_rate * cost.training_flops / peak},
          {"plain_threads", {{"torch", best.threads.torch}, {"blas", best.threads.blas}}},
          {"plain_tried", tried},
          {"speedup", our_rate / plain_rate}};
}

int run(int argc, char** argv) {
  CLI::App app{"Tokens a second of a training step, fathom against plain libtorch"};
  double seconds = 12;
  bool json = false;
  std::string only;
  ops::setup_cpu(0);
  int cores = at::get_num_threads();
  app.add_option("--seconds", seconds, "Time for each model and side")->capture_default_str();
  app.add_option("--only", only, "Run one case: quickstart, 20m");
  app.add_option("--threads", cores, "Threads of fathom, and the most that plain libtorch tries")->capture_default_str();
  app.add_flag("--json", json, "Print JSON");
  CLI11_PARSE(app, argc, argv);

  ops::setup_cpu(cores);  // how memory is kept: for both
  Case cases[] = {
      {"quickstart", quickstart::pretrain_recipe({}, "corpus.jsonl"), 320, 64, 32},
      {"20m", Recipe::parse("[model]\nsize = \"20m\"\n", "bench"), 4096, 8, 256},
  };
  OrderedJson results = OrderedJson::array();
  if (!json) {
    fmt::print("{:<12} {:>10} {:>10} {:>14} {:>14} {:>9} {:>12} {:>12} {:>9}\n", "model", "params", "batch", "fathom tok/s", "plain tok/s",
               "speed-up", "fathom/peak", "plain/peak", "peak GF/s");
  }
  for (Case& shape : cases) {
    if (!only.empty() && only != shape.name) continue;
    const OrderedJson result = run_case(shape, seconds, cores);
    results.push_back(result);
    if (json) continue;
    fmt::print("{:<12} {:>9.2f}M {:>10} {:>14.0f} {:>14.0f} {:>8.2f}x {:>11.1f}% {:>11.1f}% {:>9.0f}\n", shape.name,
               result["parameters"].get<double>() / 1e6, fmt::format("{}x{}", shape.rows, shape.length),
               result["fathom_tokens_per_second"].get<double>(), result["plain_tokens_per_second"].get<double>(),
               result["speedup"].get<double>(), 100 * result["fathom_share_of_peak"].get<double>(),
               100 * result["plain_share_of_peak"].get<double>(), result["peak_gflops"].get<double>());
    std::fflush(stdout);
  }
  if (json) fmt::print("{}\n", results.dump(2));
  return 0;
}

}  // namespace
}  // namespace fathom::bench

int main(int argc, char** argv) {
  // As the fathom program does it; the OpenMP runtime has read its settings when main() begins, hence once more from the start.
  if (std::getenv("GOMP_SPINCOUNT") == nullptr && std::getenv("OMP_WAIT_POLICY") == nullptr) {
    setenv("GOMP_SPINCOUNT", "1000", 0);
    execv("/proc/self/exe", argv);
  }
  try {
    return fathom::bench::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "train_bench: {}\n", error.what());
    return 1;
  }
}
