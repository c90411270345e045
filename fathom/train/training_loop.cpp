#include "fathom/train/training_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <sstream>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/metrics_log.h"
#include "fathom/base/progress.h"
#include "fathom/train/checkpoint.h"
#include "fathom/train/interrupt.h"

namespace fathom::train {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* advice = "Lower schedule.peak, lengthen schedule.warmup_steps, or look at the data of this step";

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// A run that goes on with another recipe is no longer the run that began; say so, line by line.
void report_changed_recipe(const std::string& before, const std::string& now) {
  const std::vector<std::string> old_lines = lines_of(before), new_lines = lines_of(now);
  for (const std::string& line : new_lines) {
    if (std::find(old_lines.begin(), old_lines.end(), line) == old_lines.end()) {
      fmt::print(stderr, "Note: the checkpoint was made with another recipe; now: {}\n", line);
    }
  }
}

void add_validation(OrderedJson& record, const EvaluationResult& validation) {
  record["validation_loss"] = validation.loss;
  record["validation_perplexity"] = validation.perplexity;
  if (validation.bits_per_byte > 0) record["validation_bits_per_byte"] = validation.bits_per_byte;
}

}  // namespace

LoopOptions LoopOptions::from_recipe(Recipe& recipe, std::int64_t total_steps, double default_peak, const std::string& default_schedule) {
  LoopOptions options;
  options.total_steps = total_steps;
  options.log_every = recipe.get("train.log_every", 1);
  options.checkpoint_every = recipe.get("train.checkpoint_every", std::max<std::int64_t>(1, total_steps / 5));
  options.evaluate_every = recipe.get("train.evaluate_every", std::max<std::int64_t>(1, total_steps / 10));
  if (options.log_every < 1) fail_usage("recipe key train.log_every: 1 or more is expected, got {}", options.log_every);
  if (options.checkpoint_every < 0 || options.evaluate_every < 0) {
    fail_usage("recipe: train.checkpoint_every and train.evaluate_every are expected to be 0 or more");
  }
  options.schedule = LearningRateSchedule::from_recipe(recipe, total_steps, default_peak, default_schedule);
  options.objective = ObjectiveOptions::from_recipe(recipe);
  return options;
}

TrainingLoop::TrainingLoop(model::CausalLM& model, Optimizer& optimizer, const text::Tokenizer* tokenizer, BatchSource source,
                           std::function<EvaluationResult()> evaluate, LoopOptions options)
    : model_(model),
      optimizer_(optimizer),
      tokenizer_(tokenizer),
      source_(std::move(source)),
      evaluate_(std::move(evaluate)),
      options_(std::move(options)) {}

void TrainingLoop::resume() {
  const auto newest = latest_checkpoint(options_.out);
  require(newest.has_value(), "nothing to resume: {} holds no complete checkpoint; start without --resume",
          (options_.out / "checkpoints").string());
  const Json state = load_checkpoint(*newest, model_, optimizer_);
  const std::string origin = (*newest / "trainer" / "state.json").string();
  step_ = json_get<std::int64_t>(state, "step", origin);
  result_.tokens = json_get<std::int64_t>(state, "tokens", origin);
  result_.seconds = json_get<double>(state, "seconds", origin);
  result_.last.loss = json_get<double>(state, "loss", origin);  // what a run without a step left reports
  saved_step_ = step_;
  report_changed_recipe(json_get<std::string>(state, "recipe", origin), options_.recipe);
  if (!options_.quiet) fmt::print(stderr, "Resuming from {} ({} steps, {} tokens)\n", newest->string(), step_, result_.tokens);
}

LoopResult TrainingLoop::run() {
  const InterruptGuard interrupt;
  MetricsLog metrics_log(options_.out / "metrics.jsonl", step_);
  Progress progress(options_.label, options_.total_steps, "step", options_.quiet);
  progress.start_at(step_);
  std::int64_t window_tokens = 0;
  double window_seconds = 0;

  while (step_ < options_.total_steps && !interrupt.requested()) {
    const Clock::time_point begin = Clock::now();
    const double learning_rate = options_.schedule.at(step_);
    const double fraction = static_cast<double>(step_) / static_cast<double>(options_.total_steps);
    result_.last = train_step(model_, optimizer_, source_(step_), options_.objective, learning_rate, fraction);
    if (!result_.last.finite) {
      progress.finish();
      stop_not_finite(result_.last);
    }
    ++step_;
    const double seconds = seconds_since(begin);
    result_.tokens += result_.last.tokens;
    result_.seconds += seconds;
    window_tokens += result_.last.tokens;
    window_seconds += seconds;

    const bool last = step_ == options_.total_steps;
    const bool evaluate_now = evaluate_ && (last || (options_.evaluate_every > 0 && step_ % options_.evaluate_every == 0));
    const double rate = static_cast<double>(window_tokens) / std::max(window_seconds, 1e-9);
    if (evaluate_now) validate();
    if (evaluate_now || last || step_ % options_.log_every == 0) {
      OrderedJson line = record(result_.last, learning_rate, rate);
      if (evaluate_now) add_validation(line, *result_.validation);
      metrics_log.write(line);
      window_tokens = 0;
      window_seconds = 0;
    }
    std::string detail = fmt::format("loss {:.3f}  {} tokens/s", result_.last.loss, format_count(rate));
    if (options_.peak_flops > 0) detail += fmt::format("  {:.0f}% of peak", 100.0 * utilisation(rate));
    if (result_.validation) detail += fmt::format("  validation {:.3f}", result_.validation->loss);
    progress.update(step_, detail);
    if (options_.checkpoint_every > 0 && step_ % options_.checkpoint_every == 0) checkpoint();
  }
  progress.finish();
  // A run that was resumed after its last step still reports its validation.
  if (step_ >= options_.total_steps && evaluate_ && !result_.validation) validate();
  if (step_ != saved_step_) checkpoint();
  result_.steps = step_;
  result_.interrupted = step_ < options_.total_steps;
  return result_;
}

void TrainingLoop::checkpoint() {
  CheckpointContent content;
  content.model = &model_;
  content.optimizer = &optimizer_;
  content.tokenizer = tokenizer_;
  content.state = {{"tokens", result_.tokens}, {"seconds", result_.seconds}, {"loss", result_.last.loss}, {"recipe", options_.recipe}};
  save_checkpoint(options_.out, step_, content, options_.keep_checkpoints);
  saved_step_ = step_;
}

double TrainingLoop::utilisation(double tokens_per_second) const {
  return options_.peak_flops > 0 ? tokens_per_second * options_.flops_per_token / options_.peak_flops : 0.0;
}

OrderedJson TrainingLoop::record(const StepMetrics& metrics, double learning_rate, double tokens_per_second) const {
  OrderedJson line = {{"step", step_}, {"loss", metrics.loss}};
  if (model_.mtp_modules() > 0) line["mtp_loss"] = metrics.mtp_loss;
  if (model_.config().n_routed_experts > 0) {
    line["balance_loss"] = metrics.balance_loss;
    line["expert_load"] = metrics.expert_load_max;
  }
  line["learning_rate"] = learning_rate;
  line["gradient_norm"] = metrics.gradient_norm;
  line["tokens"] = result_.tokens;
  line["tokens_per_second"] = tokens_per_second;
  if (options_.peak_flops > 0) line["utilisation"] = utilisation(tokens_per_second);
  line["seconds"] = result_.seconds;
  return line;
}

void TrainingLoop::validate() {
  result_.validation = evaluate_();
  if (std::isfinite(result_.validation->loss)) return;
  fail("step {}: the validation loss is {}: this step's update ruined the model, and nothing of it was saved; {}. {}", step_,
       result_.validation->loss, checkpoint_before(step_), advice);
}

// A checkpoint of step `step` was written with the weights that have now shown to be bad.
std::string TrainingLoop::checkpoint_before(std::int64_t step) const {
  std::optional<std::filesystem::path> good;
  bool ruined = false;
  for (const auto& [number, path] : list_checkpoints(options_.out)) {
    if (number < step) good = path;
    ruined = ruined || number == step;
  }
  const std::string kept = good ? fmt::format("the last good checkpoint is {}", good->string()) : "there is no good checkpoint";
  return kept + (ruined ? fmt::format(" (step-{} has the weights that gave this)", step) : "");
}

void TrainingLoop::stop_not_finite(const StepMetrics& metrics) const {
  const bool in_loss = !std::isfinite(metrics.loss) || !std::isfinite(metrics.mtp_loss) || !std::isfinite(metrics.balance_loss);
  fail("step {}: the {} is not finite (loss {}, MTP loss {}, gradient norm {}). Nothing of this step was applied; {}. {}", step_ + 1,
       in_loss ? "loss" : "gradient", metrics.loss, metrics.mtp_loss, metrics.gradient_norm, checkpoint_before(in_loss ? step_ : step_ + 1),
       advice);
}

}  // namespace fathom::train
