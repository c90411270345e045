// fathom grpo: reinforcement learning with verifiable rewards.
//   fathom grpo --config recipes/grpo.toml --model DIR --tasks gsm8k/train.jsonl --out runs/grpo
#include <fmt/format.h>

#include <memory>

#include "fathom/align/grpo_run.h"
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/progress.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/compute_device.h"
#include "fathom/cli/model_commands.h"
#include "fathom/data/tasks.h"
#include "fathom/engine/end_of_sequence.h"
#include "fathom/text/chat_template.h"
#include "fathom/train/run.h"

namespace fathom::cli {
namespace {

struct Options {
  RunOptions run;
  ComputeOptions compute;
  std::string model, tasks;
  bool json = false;
};

// Tasks as problems in the run's prompt format. A prompt that leaves no room for a whole response is left out, and counted.
std::vector<align::Problem> read_problems(const std::string& file, const align::GrpoOptions& grpo, const text::Tokenizer& tokenizer,
                                          std::int64_t context, bool quiet) {
  std::vector<align::Problem> problems;
  const std::string opening = text::reply_opening(grpo.prompt_format, tokenizer);
  std::int64_t too_long = 0;
  for (data::Task& task : data::read_tasks(file)) {
    const std::vector<text::TokenId> ids = text::render_prompt(grpo.prompt_format, task.prompt, tokenizer);
    if (static_cast<std::int64_t>(ids.size()) + grpo.max_new_tokens > context) {
      ++too_long;
      continue;
    }
    problems.push_back({std::move(task.prompt), std::move(task.answer), {ids.begin(), ids.end()}, opening});
  }
  require(!problems.empty(),
          "{}: no prompt leaves room for rollout.max_new_tokens = {} in the model's context of {} tokens; lower it, or train a model with "
          "a longer context",
          file, grpo.max_new_tokens, context);
  if (too_long > 0 && !quiet)
    fmt::print(stderr, "{} of {} problems are left out: prompt and response would not fit the context of {} tokens\n", too_long,
               too_long + static_cast<std::int64_t>(problems.size()), context);
  return problems;
}

void check_memory(const align::GrpoOptions& grpo, const model::ModelConfig& config, const std::vector<align::Problem>& problems,
                  at::Device device) {
  std::size_t longest = 0;
  for (const align::Problem& problem : problems) longest = std::max(longest, problem.prompt_ids.size());
  const double needed = align::rollout_bytes(grpo, config, static_cast<std::int64_t>(longest));
  const double available = train::available_memory(device.is_cuda());
  require(available <= 0 || needed <= available,
          "a rollout of {} questions × {} samples of up to {} tokens needs about {}, and {} are free; lower grpo.prompts_per_step, "
          "grpo.group_size, rollout.max_new_tokens or rollout.max_batch",
          grpo.prompts_per_step, grpo.group_size, grpo.max_new_tokens, format_bytes(needed), format_bytes(available));
}

int run(const Options& options) {
  Recipe recipe = options.run.recipe();
  const at::Device device = set_up_compute(options.compute);
  align::GrpoOptions grpo = align::GrpoOptions::from_recipe(recipe);
  const at::ScalarType precision = train::precision_from_recipe(recipe, device);
  recipe.reject_unknown();

  const text::Tokenizer tokenizer = text::Tokenizer::load(options.model);
  const std::unique_ptr<model::CausalLM> model = model::CausalLM::load(options.model, {.device = device, .dtype = at::kFloat});
  tokenizer.require_fits_model(model->config().vocab_size, options.model);
  if (precision == at::kBFloat16) model->set_compute_dtype(at::kBFloat16);
  grpo.stop_ids = engine::end_of_sequence_ids(options.model, model->config(), &tokenizer);
  std::vector<align::Problem> problems =
      read_problems(options.tasks, grpo, tokenizer, model->config().max_position_embeddings, options.compute.quiet);
  check_memory(grpo, model->config(), problems, device);
  if (!options.compute.quiet) {
    fmt::print(stderr, "{} problems; {} steps of {} questions × {} samples, {} updates each\n", problems.size(), grpo.steps,
               grpo.prompts_per_step, grpo.group_size, grpo.minibatches);
  }
  const std::string resolved = recipe.resolved();
  align::GrpoTrainer trainer(*model, tokenizer, std::move(problems), std::move(grpo));

  align::GrpoRunOptions settings;
  settings.out = options.run.out;
  settings.resume = options.run.resume;
  settings.quiet = options.compute.quiet;
  settings.recipe = resolved;
  const align::GrpoRunResult result = align::run_grpo(trainer, *model, tokenizer, settings);
  if (result.interrupted) {
    fmt::print(stderr, "Stopped after step {}; a checkpoint is in {}. Go on with the same command and --resume\n", trainer.steps_done(),
               (settings.out / "checkpoints").string());
    return 1;
  }
  const double rollout_rate = result.rollout_seconds > 0 ? static_cast<double>(result.rollout_tokens) / result.rollout_seconds : 0;
  const double train_rate = result.train_seconds > 0 ? static_cast<double>(result.train_tokens) / result.train_seconds : 0;
  if (options.json) {
    const OrderedJson summary = {{"steps", trainer.steps_done()},
                                 {"seconds", result.seconds},
                                 {"first_correct_share", result.first_correct_share},
                                 {"last_correct_share", result.last_correct_share},
                                 {"largest_log_prob_gap", result.largest_gap},
                                 {"rollout_tokens", result.rollout_tokens},
                                 {"rollout_tokens_per_second", rollout_rate},
                                 {"train_tokens", result.train_tokens},
                                 {"train_tokens_per_second", train_rate},
                                 {"path", result.model.string()}};
    fmt::print("{}\n", summary.dump(2));
  } else if (result.steps == 0) {
    fmt::print("All {} steps were done before\nModel: {}\n", trainer.steps_done(), result.model.string());
  } else {
    fmt::print("{} steps in {}; right answers among the samples {:.1f}% → {:.1f}%; sampling {} tokens/s, training {} tokens/s\nModel: {}\n",
               result.steps, format_duration(result.seconds), 100 * result.first_correct_share, 100 * result.last_correct_share,
               format_count(rollout_rate), format_count(train_rate), result.model.string());
  }
  return 0;
}

std::string footer() {
  std::string text =
      "  fathom grpo --config recipes/grpo.toml --model runs/sft/model --tasks gsm8k/train.jsonl.xz --out runs/grpo\n"
      "  fathom grpo --set grpo.steps=20 --set prompt.format=r1-zero --model DIR --tasks FILE --out DIR\n"
      "OUT gets recipe.toml, metrics.jsonl, rollouts/step-N.jsonl (every sampled answer, for reading), checkpoints/ and model/.\n"
      "Keys of the recipe: docs/grpo.md. Numbers of metrics.jsonl, and what is normal:\n";
  for (const align::MetricDescription& metric : align::grpo_metric_descriptions())
    text += fmt::format("  {:<26} {}\n", metric.name, metric.text);
  return text;
}

}  // namespace

Runner set_up_grpo(CLI::App& app) {
  auto options = std::make_shared<Options>();
  options->run.add_to(app);
  options->compute.add_to(app);
  app.add_option("--model", options->model, "Model directory to start from (with a tokenizer)")->required()->check(CLI::ExistingDirectory);
  app.add_option("--tasks", options->tasks, "Problems with answers: JSONL of {prompt, answer}, or GSM8K's own format")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_flag("--json", options->json, "Print the summary as JSON");
  app.footer(footer());
  return [options] { return run(*options); };
}

}  // namespace fathom::cli
