#include "fathom/align/sft.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "fathom/align/rewards.h"
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/progress.h"
#include "fathom/base/rng.h"
#include "fathom/ops/cross_entropy.h"
#include "fathom/train/checkpoint.h"
#include "fathom/train/matmul_peak.h"

namespace fathom::align {
namespace {

constexpr std::uint64_t split_stream = 0x5f7;

struct SftRecipe {
  std::filesystem::path init_from;
  std::vector<std::string> train, validation;
  data::TaskFormat task_format = data::TaskFormat::automatic;
  data::TaskFields fields;
  SftFormat format;
  double validation_fraction = 0.02;
  double epochs = 2.0;  // DeepSeek-R1: 2 to 3
  std::int64_t steps = 0, accumulation = 1;
  data::SupervisedOptions packing;
  at::ScalarType precision = at::kFloat;
  train::OptimizerOptions optimizer;
};

// DeepSeek-R1's fine-tuning: cosine from 5e-5 to a tenth of it.
train::LoopOptions loop_options(Recipe& recipe, std::int64_t total_steps) {
  return train::LoopOptions::from_recipe(recipe, total_steps, 5e-5, "cosine");
}

SftRecipe read_recipe(Recipe& recipe, at::Device device) {
  SftRecipe result;
  const std::vector<std::string> none;
  result.init_from = recipe.existing_path("model.init_from");
  result.train = recipe.get("data.train", none);
  result.validation = recipe.get("data.validation", none);
  result.validation_fraction = recipe.get("data.validation_fraction", result.validation_fraction);
  result.task_format = data::task_format(recipe.choose("data.format", "auto", {"auto", "gsm8k", "plain"}));
  result.fields.prompt = recipe.get("data.prompt_field", "");
  result.fields.answer = recipe.get("data.answer_field", "");
  result.format = SftFormat::from_recipe(recipe);
  result.packing.sequence_length = recipe.get("data.sequence_length", 512);
  result.packing.sequences = recipe.get("train.batch_sequences", 8);
  result.packing.seed = train::seed_from_recipe(recipe);
  result.accumulation = recipe.get("train.accumulation", 1);
  result.steps = recipe.get("train.steps", 0);
  result.epochs = recipe.get("train.epochs", result.steps > 0 ? 0.0 : result.epochs);
  result.precision = train::precision_from_recipe(recipe, device);
  result.optimizer = train::OptimizerOptions::from_recipe(recipe);
  loop_options(recipe, 1000);
  recipe.reject_unknown();

  if (result.init_from.empty()) fail_usage("the recipe names no model; give model.init_from, as in --set model.init_from=runs/base/model");
  if (result.train.empty()) fail_usage("the recipe names no training data; give data.train, as in --set 'data.train=[\"tasks.jsonl\"]'");
  const std::pair<const char*, std::int64_t> positive[] = {{"data.sequence_length", result.packing.sequence_length},
                                                           {"train.batch_sequences", result.packing.sequences},
                                                           {"train.accumulation", result.accumulation}};
  for (const auto& [key, value] : positive)
    if (value < 1) fail_usage("recipe key {}: 1 or more is expected, got {}", key, value);
  if ((result.steps > 0) == (result.epochs > 0) || result.steps < 0 || result.epochs < 0) {
    fail_usage("recipe: the length of the run is given by exactly one of train.steps and train.epochs");
  }
  if (!(result.validation_fraction >= 0.0 && result.validation_fraction <= 0.5)) {
    fail_usage("recipe key data.validation_fraction: 0 to 0.5 is expected, got {}", result.validation_fraction);
  }
  return result;
}

std::vector<data::SupervisedExample> read_examples(const std::vector<std::string>& files, const SftRecipe& recipe,
                                                   const text::Tokenizer& tokenizer) {
  std::vector<data::SupervisedExample> examples;
  for (const std::string& file : files)
    for (const data::Task& task : data::read_tasks(file, recipe.task_format, recipe.fields))
      examples.push_back(supervised_example(task, recipe.format, tokenizer));
  return examples;
}

// Takes a share of the examples, drawn by the seed, out of `examples`.
std::vector<data::SupervisedExample> split_off(std::vector<data::SupervisedExample>& examples, double fraction, std::uint64_t seed) {
  const auto size = static_cast<std::int64_t>(examples.size());
  const auto wanted = static_cast<std::int64_t>(std::floor(static_cast<double>(size) * fraction));
  if (wanted == 0) return {};
  std::vector<std::int64_t> order = Rng(seed, split_stream).permutation(size);
  std::vector<data::SupervisedExample> kept, taken;
  for (std::int64_t i = 0; i < size; ++i)
    (i < wanted ? taken : kept).push_back(std::move(examples[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]));
  examples = std::move(kept);
  return taken;
}

}  // namespace

SftFormat SftFormat::from_recipe(Recipe& recipe) {
  SftFormat format;
  format.prompt = text::prompt_format(recipe.choose("prompt.format", "chat", {"plain", "r1-zero", "chat"}));
  format.response = recipe.choose("sft.response", format.response, {"solution", "answer", "r1"});
  return format;
}

std::string response_text(const data::Task& task, const SftFormat& format) {
  if (format.response == "r1") {
    require(!task.solution.empty(), "sft.response = r1 needs a worked answer (key 'solution', or GSM8K's format); the task '{}' has none",
            task.prompt.substr(0, 60));
    return "<think>" + task.solution + "</think> <answer>" + task.answer + "</answer>";
  }
  if (format.response == "answer" || task.solution.empty()) return task.answer;
  // GSM8K's mark, unless the worked answer states its result in a way that evaluation finds.
  return extract_answer(task.solution, true) ? task.solution : task.solution + "\n#### " + task.answer;
}

data::SupervisedExample supervised_example(const data::Task& task, const SftFormat& format, const text::Tokenizer& tokenizer) {
  const std::vector<text::TokenId> prompt = text::render_prompt(format.prompt, task.prompt, tokenizer);
  const std::vector<text::TokenId> reply = text::render_reply(format.prompt, response_text(task, format), tokenizer);
  data::SupervisedExample example;
  example.ids.assign(prompt.begin(), prompt.end());
  example.answer_begin = static_cast<std::int64_t>(prompt.size());
  example.ids.insert(example.ids.end(), reply.begin(), reply.end());
  return example;
}

train::EvaluationResult evaluate_examples(const model::CausalLM& model, const std::vector<data::SupervisedExample>& examples,
                                          const data::SupervisedOptions& packing) {
  const at::NoGradGuard no_grad;
  const data::SupervisedBatches batches(examples, packing);
  double sum = 0;
  train::EvaluationResult result;
  for (std::int64_t i = 0; i < batches.batches_per_epoch(); ++i) {
    const train::DeviceBatch batch = train::DeviceBatch::from(batches.batch(i), model.device());
    const at::Tensor hidden = model.forward(batch.input_ids, batch.context);
    sum += ops::linear_cross_entropy(hidden, model.output_weight(), batch.targets).sum(at::kDouble).item<double>();
    result.tokens += batch.targets.ne(ops::ignore_index).sum().item<std::int64_t>();
  }
  result.loss = result.tokens > 0 ? sum / static_cast<double>(result.tokens) : 0.0;
  result.perplexity = std::exp(result.loss);
  return result;
}

SftResult sft(Recipe& recipe, const train::RunSettings& settings) {
  const SftRecipe wanted = read_recipe(recipe, settings.device);
  const FileLock lock = train::begin_run(settings);
  const text::Tokenizer tokenizer = text::Tokenizer::load(wanted.init_from);
  std::vector<data::SupervisedExample> examples = read_examples(wanted.train, wanted, tokenizer);
  std::vector<data::SupervisedExample> validation = wanted.validation.empty()
                                                        ? split_off(examples, wanted.validation_fraction, wanted.packing.seed)
                                                        : read_examples(wanted.validation, wanted, tokenizer);
  const data::SupervisedBatches batches(std::move(examples), wanted.packing);

  const std::unique_ptr<model::CausalLM> model = model::CausalLM::load(wanted.init_from, {.device = settings.device, .dtype = at::kFloat});
  tokenizer.require_fits_model(model->config().vocab_size, wanted.init_from.string());
  require(wanted.packing.sequence_length <= model->config().max_position_embeddings,
          "{}: the model's context is {} tokens; data.sequence_length = {} does not fit", wanted.init_from.string(),
          model->config().max_position_embeddings, wanted.packing.sequence_length);
  if (wanted.precision == at::kBFloat16) model->set_compute_dtype(at::kBFloat16);

  const std::int64_t step_batches = wanted.accumulation;
  const std::int64_t total_steps =
      wanted.steps > 0
          ? wanted.steps
          : std::max<std::int64_t>(
                1, std::llround(wanted.epochs * static_cast<double>(batches.batches_per_epoch()) / static_cast<double>(step_batches)));
  const train::ModelCost cost = train::model_cost(model->config(), wanted.packing.sequence_length);
  train::LoopOptions options = loop_options(recipe, total_steps);
  options.out = settings.out;
  options.label = "sft";
  options.quiet = settings.quiet;
  options.flops_per_token = cost.training_flops;
  options.peak_flops = train::measure_matmul_peak(settings.device, wanted.precision);
  options.recipe = recipe.resolved();
  write_file_atomically(settings.out / "recipe.toml", options.recipe);
  if (!settings.quiet) {
    fmt::print(stderr,
               "{}{}Data     {} examples ({} left out: longer than {} tokens or empty), {} answer tokens an epoch; {} for validation\n",
               train::model_card(model->config(), cost), train::device_card(settings.device, wanted.precision, options.peak_flops),
               batches.examples(), batches.left_out(), wanted.packing.sequence_length,
               format_count(static_cast<double>(batches.target_tokens())), validation.size());
    fmt::print(stderr, "Steps    {} of {} rows of {} tokens; learning rate {:.3g}\n", total_steps, wanted.packing.sequences * step_batches,
               wanted.packing.sequence_length, options.schedule.peak);
  }

  train::Optimizer optimizer(model->parameters(), wanted.optimizer);
  const train::BatchSource source = [&](std::int64_t step) {
    std::vector<data::PackedBatch> micro_batches;
    for (std::int64_t i = 0; i < step_batches; ++i) micro_batches.push_back(batches.batch(step * step_batches + i));
    return micro_batches;
  };
  std::function<train::EvaluationResult()> evaluate;
  if (!validation.empty()) evaluate = [&] { return evaluate_examples(*model, validation, wanted.packing); };

  train::TrainingLoop loop(*model, optimizer, &tokenizer, source, evaluate, options);
  if (settings.resume) loop.resume();
  SftResult result;
  result.examples = batches.examples();
  result.left_out = batches.left_out();
  result.loop = loop.run();
  result.summary = {{"model", train::model_summary(model->config(), cost)},
                    {"examples", result.examples},
                    {"left_out", result.left_out},
                    {"validation_examples", validation.size()},
                    {"training", train::loop_summary(result.loop, cost, options.peak_flops)}};
  if (result.loop.interrupted) return result;
  result.model = settings.out / "model";
  train::save_model_directory(result.model, *model, &tokenizer);
  result.summary["path"] = result.model.string();
  write_file_atomically(settings.out / "summary.json", result.summary.dump(2) + "\n");
  return result;
}

}  // namespace fathom::align
