#include "fathom/train/pretrain.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/progress.h"
#include "fathom/train/checkpoint.h"
#include "fathom/train/matmul_peak.h"
#include "fathom/train/model_recipe.h"
#include "fathom/train/pretrain_data.h"

namespace fathom::train {
namespace {

// The recipe's keys that are neither data, model, schedule nor objective.
struct StepPlan {
  std::int64_t sequence_length = 256, batch_sequences = 16, accumulation = 1;
  std::int64_t steps = 0, tokens = 0;  // one of them or `epochs` gives the length of the run
  double epochs = 0;
  std::int64_t evaluate_tokens = 0;
  std::uint64_t seed = 1;
  bool attend_across_documents = true;
  at::ScalarType precision = at::kFloat;
  OptimizerOptions optimizer;

  std::int64_t step_tokens() const { return sequence_length * batch_sequences * accumulation; }
  std::int64_t total_steps(std::int64_t data_tokens) const {
    if (steps > 0) return steps;
    const double wanted = tokens > 0 ? static_cast<double>(tokens) : epochs * static_cast<double>(data_tokens);
    return std::max<std::int64_t>(1, std::llround(wanted / static_cast<double>(step_tokens())));
  }
};

StepPlan step_plan_from_recipe(Recipe& recipe, at::Device device) {
  StepPlan plan;
  plan.sequence_length = recipe.get("data.sequence_length", plan.sequence_length);
  plan.attend_across_documents = recipe.get("data.attend_across_documents", plan.attend_across_documents);
  plan.batch_sequences = recipe.get("train.batch_sequences", plan.batch_sequences);
  plan.accumulation = recipe.get("train.accumulation", plan.accumulation);
  plan.steps = recipe.get("train.steps", plan.steps);
  plan.tokens = recipe.get("train.tokens", plan.tokens);
  plan.epochs = recipe.get("train.epochs", plan.steps > 0 || plan.tokens > 0 ? 0.0 : 1.0);
  plan.evaluate_tokens = recipe.get("train.evaluate_tokens", 200'000);
  plan.seed = seed_from_recipe(recipe);
  plan.precision = precision_from_recipe(recipe, device);
  plan.optimizer = OptimizerOptions::from_recipe(recipe);
  if (plan.sequence_length < 2)
    fail_usage("recipe key data.sequence_length: 2 or more is expected, got {}: a token is predicted from those before it",
               plan.sequence_length);
  const std::pair<const char*, std::int64_t> positive[] = {{"train.batch_sequences", plan.batch_sequences},
                                                           {"train.accumulation", plan.accumulation}};
  for (const auto& [key, value] : positive)
    if (value < 1) fail_usage("recipe key {}: 1 or more is expected, got {}", key, value);
  if (plan.steps < 0 || plan.tokens < 0 || plan.epochs < 0)
    fail_usage("recipe: train.steps, train.tokens and train.epochs cannot be negative");
  if ((plan.steps > 0) + (plan.tokens > 0) + (plan.epochs > 0) != 1) {
    fail_usage("recipe: the length of the run is given by exactly one of train.steps, train.tokens and train.epochs");
  }
  return plan;
}

// All of the recipe, read before anything is done, so that a wrong key costs nothing.
struct PretrainRecipe {
  PretrainDataRecipe data;
  StepPlan steps;
  ModelRecipe model;
};

PretrainRecipe read_recipe(Recipe& recipe, at::Device device) {
  PretrainRecipe result;
  result.data = PretrainDataRecipe::from_recipe(recipe);
  result.steps = step_plan_from_recipe(recipe, device);
  const std::string init_from = recipe.existing_path("model.init_from");
  // A model that is trained further keeps its tokenizer.
  if (result.data.tokenizer_path.empty() && !init_from.empty()) result.data.tokenizer_path = init_from;
  if (result.data.tokenizer_path.empty()) result.data.tokenizer_path = result.data.prepared_tokenizer();
  const std::int64_t vocab_size =
      result.data.tokenizer_path.empty() ? result.data.vocab_size : text::Tokenizer::load(result.data.tokenizer_path).model_vocab_size();
  result.model = ModelRecipe::from_recipe(recipe, vocab_size, result.steps.sequence_length);
  // Read again with the true number of steps once the data is known; here so that reject_unknown() knows the keys.
  LoopOptions::from_recipe(recipe, 1000, 1e-3);
  recipe.reject_unknown();
  if (result.data.train.empty()) fail_usage("the recipe names no training data; give data.train, as in --set 'data.train=[\"text/\"]'");
  return result;
}

MemoryPlan memory_plan(const PretrainRecipe& recipe, const ModelCost& cost, at::Device device) {
  MemoryRequest request;
  request.sequence_length = recipe.steps.sequence_length;
  request.rows = recipe.steps.batch_sequences;
  request.vocab_size = recipe.model.config.vocab_size;
  request.hidden_size = recipe.model.config.hidden_size;
  request.bf16 = recipe.steps.precision == at::kBFloat16;
  request.cuda = !device.is_cpu();
  return plan_memory(cost, request);
}

std::string data_card(const PretrainData& data, double epochs) {
  const double bytes = static_cast<double>(data.train.text_bytes()) / static_cast<double>(data.train.size());
  std::string text = fmt::format("Data     {} tokens of {:.2f} bytes from {} files, {:.2f} epochs",
                                 format_count(static_cast<double>(data.train.size())), bytes, data.train_files, epochs);
  if (data.validation) text += fmt::format("; validation {} tokens", format_count(static_cast<double>(data.validation->size())));
  return text + "\n";
}

OrderedJson evaluation_json(const EvaluationResult& result) {
  return {{"loss", result.loss}, {"perplexity", result.perplexity}, {"bits_per_byte", result.bits_per_byte}, {"tokens", result.tokens}};
}

}  // namespace

PretrainPlan plan_pretraining(Recipe& recipe, const RunSettings& settings) {
  const PretrainRecipe wanted = read_recipe(recipe, settings.device);
  const ModelCost cost = model_cost(wanted.model.config, wanted.steps.sequence_length);
  const MemoryPlan memory = memory_plan(wanted, cost, settings.device);
  PretrainPlan plan;
  plan.text = model_card(wanted.model.config, cost) + device_card(settings.device, wanted.steps.precision, 0) +
              fmt::format("Step     {} tokens: {} rows of {}, accumulation {}\n", wanted.steps.step_tokens(), wanted.steps.batch_sequences,
                          wanted.steps.sequence_length, wanted.steps.accumulation) +
              memory.table();
  plan.json = {
      {"model", model_summary(wanted.model.config, cost)}, {"memory", memory.to_json()}, {"step_tokens", wanted.steps.step_tokens()}};
  return plan;
}

PretrainResult pretrain(Recipe& recipe, const RunSettings& settings) {
  PretrainRecipe wanted = read_recipe(recipe, settings.device);
  const FileLock lock = begin_run(settings);

  const PretrainData data = prepare_pretrain_data(wanted.data, settings.out, settings.resume, settings.quiet);
  // A tokenizer trained on little text may come out smaller than asked for.
  if (wanted.model.init_from.empty() && recipe.get("model.config", "").empty())
    wanted.model.config.vocab_size = data.tokenizer.model_vocab_size();
  const StepPlan& steps = wanted.steps;
  const ModelCost cost = model_cost(wanted.model.config, steps.sequence_length);
  const std::int64_t total_steps = steps.total_steps(data.train.size());
  const double operations = cost.training_flops * static_cast<double>(total_steps) * static_cast<double>(steps.step_tokens());

  LoopOptions options = LoopOptions::from_recipe(recipe, total_steps, scaling_law_learning_rate(operations));
  options.out = settings.out;
  options.label = "pretrain";
  options.quiet = settings.quiet;
  options.flops_per_token = cost.training_flops;
  options.peak_flops = measure_matmul_peak(settings.device, steps.precision);
  options.recipe = recipe.resolved();

  const MemoryPlan memory = memory_plan(wanted, cost, settings.device);
  if (!settings.quiet) {
    const double epochs = static_cast<double>(total_steps * steps.step_tokens()) / static_cast<double>(data.train.size());
    fmt::print(stderr, "{}{}{}Steps    {} of {} tokens: {} rows of {}, accumulation {}; learning rate {:.3g}\n{}",
               model_card(wanted.model.config, cost), device_card(settings.device, steps.precision, options.peak_flops),
               data_card(data, epochs), total_steps, steps.step_tokens(), steps.batch_sequences, steps.sequence_length, steps.accumulation,
               options.schedule.peak, memory.table());
  }
  if (!memory.fits()) {
    fail("the run needs about {} and {} are free; {} rows a micro-batch would fit: set train.batch_sequences and raise train.accumulation",
         format_bytes(memory.total()), format_bytes(memory.available), memory.rows_that_fit);
  }
  write_file_atomically(settings.out / "recipe.toml", options.recipe);

  const std::unique_ptr<model::CausalLM> model = wanted.model.build(settings.device, steps.seed);
  if (steps.precision == at::kBFloat16) model->set_compute_dtype(at::kBFloat16);
  Optimizer optimizer(model->parameters(), steps.optimizer);

  data::PackingOptions packing;
  packing.sequence_length = steps.sequence_length;
  packing.sequences = steps.batch_sequences;
  packing.attend_across_documents = steps.attend_across_documents;
  packing.seed = steps.seed;
  const data::PackedBatches batches(data.train, packing);
  const BatchSource source = [&](std::int64_t step) {
    std::vector<data::PackedBatch> micro_batches;
    for (std::int64_t i = 0; i < steps.accumulation; ++i) micro_batches.push_back(batches.batch(step * steps.accumulation + i));
    return micro_batches;
  };
  std::function<EvaluationResult()> evaluate;
  if (data.validation) {
    evaluate = [&] {
      return evaluate_loss(*model, *data.validation, steps.sequence_length, steps.batch_sequences, steps.evaluate_tokens,
                           steps.attend_across_documents);
    };
  }

  TrainingLoop loop(*model, optimizer, &data.tokenizer, source, evaluate, options);
  if (settings.resume) loop.resume();
  PretrainResult result;
  result.loop = loop.run();
  result.summary = {{"model", model_summary(wanted.model.config, cost)},
                    {"training", loop_summary(result.loop, cost, options.peak_flops)},
                    {"planned_bytes", memory.total()}};
  if (result.loop.interrupted) return result;

  for (const TestSet& test : data.tests) {
    result.tests.emplace_back(
        test.name, evaluate_loss(*model, test.tokens, steps.sequence_length, steps.batch_sequences, 0, steps.attend_across_documents));
    result.summary["test"][test.name] = evaluation_json(result.tests.back().second);
  }
  result.model = settings.out / "model";
  save_model_directory(result.model, *model, &data.tokenizer);
  result.summary["path"] = result.model.string();
  write_file_atomically(settings.out / "summary.json", result.summary.dump(2) + "\n");
  return result;
}

}  // namespace fathom::train
