// fathom eval: measures a model on tasks with known answers, or on text.
//   fathom eval --model DIR --tasks gsm8k/test.jsonl --samples 4 --out results/
//   fathom eval --model DIR --text wikitext/test.txt
// With --generated it is `fathom score` (main.cpp).
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/cli/inference_options.h"
#include "fathom/cli/model_commands.h"
#include "fathom/data/tasks.h"
#include "fathom/eval/perplexity.h"
#include "fathom/eval/reasoning_eval.h"

namespace fathom::cli {
namespace {

struct EvalOptions : InferenceOptions {
  std::string tasks, task_format = "auto", format = "plain", out;
  std::vector<std::string> text;
  std::int64_t samples = 1, limit = 0, sequence_length = 0, max_tokens = 0;
  bool json = false, tagged_only = false;
};

void write_results(const EvalOptions& options, const OrderedJson& results, const std::string& samples) {
  if (options.out.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  require(!error, "cannot create the directory {}: {}", options.out, error.message());
  const std::filesystem::path out = options.out;
  if (!samples.empty()) write_file_atomically(out / "samples.jsonl", samples);
  write_file_atomically(out / "results.json", results.dump(2) + "\n");
}

void print(const EvalOptions& options, const OrderedJson& results, const std::string& table) {
  fmt::print("{}{}", options.json ? results.dump() : table, options.json ? "\n" : "");
}

int run_tasks(const EvalOptions& options, const InferenceModel& model) {
  std::vector<data::Task> tasks = data::read_tasks(options.tasks, data::task_format(options.task_format));
  if (options.limit > 0 && static_cast<std::int64_t>(tasks.size()) > options.limit) tasks.resize(static_cast<std::size_t>(options.limit));
  eval::ReasoningEvalOptions settings;
  settings.format = text::prompt_format(options.format);
  settings.samples = options.samples;
  settings.sampling = model.sampling;
  settings.generator.max_batch = options.batch;
  settings.allow_bare = !options.tagged_only;
  settings.quiet = options.compute.quiet;
  const eval::ReasoningEvalResult result = eval::evaluate_reasoning(*model.model, require_tokenizer(model, options), tasks, settings);

  OrderedJson results;
  results["model"] = options.model;
  results["tasks"] = options.tasks;
  results["format"] = options.format;
  results["temperature"] = options.sampling.temperature;
  results["top_p"] = options.sampling.top_p;
  results["top_k"] = options.sampling.top_k;
  results["max_new_tokens"] = options.sampling.max_new_tokens;
  results["seed"] = options.sampling.seed;
  results.update(result.to_json());
  write_results(options, results, result.samples_jsonl());
  print(options, results, result.table());
  return 0;
}

int run_text(const EvalOptions& options, const InferenceModel& model) {
  eval::PerplexityOptions settings;
  settings.sequence_length = options.sequence_length;
  settings.max_tokens = options.max_tokens;
  settings.quiet = options.compute.quiet;
  const eval::PerplexityResult result = eval::evaluate_perplexity(*model.model, require_tokenizer(model, options), options.text, settings);
  OrderedJson results;
  results["model"] = options.model;
  results["text"] = options.text;
  results.update(result.to_json());
  write_results(options, results, "");
  print(options, results, result.table());
  return 0;
}

int run(const EvalOptions& options) {
  if (options.tasks.empty() == options.text.empty())
    fail_usage("give either --tasks FILE (questions with answers) or --text FILE... (perplexity)");
  const InferenceModel model = open_for_inference(options, text::prompt_format(options.format));
  return options.tasks.empty() ? run_text(options, model) : run_tasks(options, model);
}

}  // namespace

Runner set_up_eval(CLI::App& app) {
  auto options = std::make_shared<EvalOptions>();
  app.footer("fathom eval --generated FILE --references FILE scores texts without a model: see fathom score --help.");
  app.add_option("--tasks", options->tasks, "JSONL file of {prompt|question, answer}; plain, gzip, xz or zstd");
  app.add_option("--task-format", options->task_format, "gsm8k (the answer follows ####), plain, or auto")->capture_default_str();
  app.add_option("--text", options->text, "Text files or directories: measure loss, perplexity and bits per byte instead");
  app.add_option("--format", options->format, "How the prompt is put: plain, r1-zero, chat")->capture_default_str();
  app.add_option("--samples", options->samples, "Completions of each task (k)")->check(check_positive)->capture_default_str();
  app.add_option("--limit", options->limit, "Only the first tasks (0: all)")->check(check_not_negative)->capture_default_str();
  app.add_flag("--tagged-only", options->tagged_only, "Take no answer after ####, only <answer> and \\boxed{}");
  app.add_option("--sequence-length", options->sequence_length, "--text: tokens a window (0: the model's context, at most 1024)")
      ->check(check_not_negative)
      ->capture_default_str();
  app.add_option("--max-tokens", options->max_tokens, "--text: measure on this many tokens (0: all)")
      ->check(check_not_negative)
      ->capture_default_str();
  app.add_option("--out", options->out, "Directory for results.json and samples.jsonl");
  app.add_flag("--json", options->json, "Print the results as JSON");
  options->add_to(app, 512);
  return [options] { return run(*options); };
}

}  // namespace fathom::cli
