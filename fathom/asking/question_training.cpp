#include "fathom/asking/question_training.h"

#include <ATen/Context.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>
#include <utility>

#include "fathom/asking/question_directory.h"
#include "fathom/asking/training_data.h"
#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/metrics_log.h"
#include "fathom/base/progress.h"
#include "fathom/base/rng.h"
#include "fathom/model/module_file.h"
#include "fathom/model/safetensors.h"
#include "fathom/train/checkpoint.h"
#include "fathom/train/interrupt.h"
#include "fathom/train/recipe_change.h"

namespace fathom::asking {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char *best_name = "best.safetensors", *optimizer_name = "optimizer.safetensors", *state_name = "state.json";

// What makes the weights what they are.
constexpr std::string_view fixed_tables[] = {"model.", "vectors.", "vocabulary."};

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

// Sums of losses, kept on the device until an epoch ends.
class LossSums {
 public:
  void add(const QuestionLoss& loss, const QuestionBatch& batch) {
    const auto words = static_cast<double>(batch.target_words), examples = static_cast<double>(batch.sentences());
    add(generation_, loss.generation * words);
    if (loss.type.defined()) {
      add(type_, loss.type * examples);
      add(right_, loss.types_right.to(at::kFloat));
    }
    if (loss.language.defined()) add(language_, loss.language * examples);
    words_ += words;
    examples_ += examples;
  }
  double generation() const { return generation_.defined() ? generation_.item<double>() / words_ : 0.0; }
  bool has_types() const { return type_.defined(); }
  double type_accuracy() const { return right_.item<double>() / examples_; }
  OrderedJson to_json() const {
    OrderedJson out = {{"loss", generation()}};
    if (type_.defined()) out.update({{"type_loss", type_.item<double>() / examples_}, {"type_accuracy", type_accuracy()}});
    if (language_.defined()) out["language_loss"] = language_.item<double>() / examples_;
    return out;
  }

 private:
  static void add(at::Tensor& sum, const at::Tensor& value) { sum = sum.defined() ? sum + value.detach() : value.detach(); }
  at::Tensor generation_, type_, right_, language_;
  double words_ = 0, examples_ = 0;
};

// The run's state is a function of recipe, seed and the number of epochs done: dropout draws from a generator seeded anew at each step.
class QuestionTraining {
 public:
  QuestionTraining(QuestionTrainingRecipe recipe, const train::RunSettings& settings, std::string resolved, TrainingData data)
      : recipe_(std::move(recipe)),
        settings_(settings),
        resolved_(std::move(resolved)),
        data_(std::move(data)),
        model_(data_.model, at::TensorOptions().dtype(at::kFloat).device(settings.device)),
        optimizer_(initialized_parameters(), recipe_.optimizer) {
    recipe_.schedule.total_steps = recipe_.epochs * steps_per_epoch();
    result_.model = settings_.out / "model";
  }

  void resume(const fs::path& checkpoint);
  QuestionTrainingResult run();

 private:
  std::vector<nn::Parameter> initialized_parameters();
  std::int64_t steps_per_epoch() const {
    const auto examples = static_cast<std::int64_t>(data_.training.size());
    return (examples + recipe_.batch - 1) / recipe_.batch;
  }
  QuestionBatch batch_of(const std::vector<EncodedExample>& examples, const std::vector<std::int64_t>& indices) const;
  void train_epoch(std::int64_t epoch, const train::InterruptGuard& interrupt, Progress& progress, OrderedJson& line);
  void validate(OrderedJson& line);
  std::vector<at::Tensor> values() const;
  void checkpoint();
  OrderedJson record() const;
  void write_model();

  QuestionTrainingRecipe recipe_;
  train::RunSettings settings_;
  std::string resolved_;
  TrainingData data_;
  QuestionModel model_;
  train::Optimizer optimizer_;
  std::vector<at::Tensor> best_;  // values of the parameters
  OrderedJson history_ = OrderedJson::array();
  double examples_ = 0;  // trained on
  QuestionTrainingResult result_;
};

std::vector<nn::Parameter> QuestionTraining::initialized_parameters() {
  model_.initialize(recipe_.seed);
  model_.set_embedding(data_.vectors);
  std::vector<nn::Parameter> parameters;
  model_.collect_parameters("", parameters);
  for (nn::Parameter& parameter : parameters) parameter.tensor.set_requires_grad(true);
  return parameters;
}

QuestionBatch QuestionTraining::batch_of(const std::vector<EncodedExample>& examples, const std::vector<std::int64_t>& indices) const {
  std::vector<const EncodedExample*> chosen;
  for (const std::int64_t i : indices) chosen.push_back(&examples[static_cast<std::size_t>(i)]);
  return make_batch(chosen, data_.model, settings_.device, /*with_questions=*/true);
}

std::vector<at::Tensor> QuestionTraining::values() const {
  std::vector<at::Tensor> out;
  for (const nn::Parameter& parameter : optimizer_.parameters()) out.push_back(parameter.tensor.detach().clone());
  return out;
}

void QuestionTraining::train_epoch(std::int64_t epoch, const train::InterruptGuard& interrupt, Progress& progress, OrderedJson& line) {
  LossSums sums;
  const auto begin = Clock::now();
  for (const std::vector<std::int64_t>& indices : batches_of_epoch(data_.training, recipe_.batch, recipe_.seed, epoch)) {
    at::manual_seed(Rng(recipe_.seed, 0x0A5CE ^ static_cast<std::uint64_t>(result_.steps)).next_u64());
    const QuestionBatch batch = batch_of(data_.training, indices);
    const QuestionLoss loss = question_loss(model_, batch, recipe_.dropout, recipe_.loss);
    loss.total.backward();
    if (!optimizer_.step(recipe_.schedule.at(result_.steps)).finite) {
      fail("step {}: the gradient is not finite (loss {}). Nothing of this step was applied{}. Lower schedule.peak", result_.steps + 1,
           loss.total.item<double>(),
           result_.epochs > 0 && recipe_.checkpoints ? std::string("; the last good checkpoint is that of the epoch before") : "");
    }
    sums.add(loss, batch);
    examples_ += static_cast<double>(batch.sentences());
    ++result_.steps;
    if (result_.steps % 20 == 0) progress.update(result_.steps, fmt::format("epoch {}  loss {:.3f}", epoch, sums.generation()));
    if (interrupt.requested()) break;
  }
  result_.loss = sums.generation();
  result_.seconds += seconds_since(begin);
  line["training"] = sums.to_json();
}

void QuestionTraining::validate(OrderedJson& line) {
  std::optional<double> loss, accuracy;
  if (!data_.validation.empty()) {
    const at::NoGradGuard no_grad;
    LossSums sums;
    for (const std::vector<std::int64_t>& indices : batches_of_epoch(data_.validation, recipe_.batch, 0, 0)) {
      const QuestionBatch batch = batch_of(data_.validation, indices);
      sums.add(question_loss(model_, batch, 0.0, recipe_.loss), batch);
    }
    loss = sums.generation();
    if (sums.has_types()) accuracy = sums.type_accuracy();
    require(std::isfinite(*loss), "epoch {}: the validation loss is {}. The last checkpoint stays; lower schedule.peak", result_.epochs,
            *loss);
    line["validation"] = sums.to_json();
  }
  // A run that is resumed may have had no validation records before.
  if (best_.empty() || !loss || !result_.validation_loss || *loss < *result_.validation_loss) {
    best_ = values();
    result_.best_epoch = result_.epochs;
    result_.validation_loss = loss;
    result_.type_accuracy = accuracy;
  }
}

OrderedJson QuestionTraining::record() const {
  OrderedJson record = {{"epochs", result_.epochs}, {"best_epoch", result_.best_epoch},
                        {"steps", result_.steps},   {"seconds", result_.seconds},
                        {"examples", examples_},    {"seed", recipe_.seed},
                        {"data", data_.record}};
  if (result_.validation_loss) record["validation_loss"] = *result_.validation_loss;
  if (result_.type_accuracy) record["type_accuracy"] = *result_.type_accuracy;
  record["history"] = history_;
  record["recipe"] = resolved_;
  return record;
}

void QuestionTraining::checkpoint() {
  const fs::path directory = settings_.out / "checkpoints", target = directory / fmt::format("step-{}", result_.steps);
  std::error_code error;
  fs::create_directories(directory, error);
  require(!error, "cannot create {}: {}", directory.string(), error.message());
  const auto previous = train::latest_checkpoint(settings_.out);
  AtomicDirectory staging(target);
  save_question_files(staging.path(), model_, data_.table, data_.learned.features, record());
  if (data_.learned.selector) data_.learned.selector->save(staging.path());
  const fs::path trainer = staging.path() / "trainer";
  fs::create_directory(trainer, error);
  require(!error, "cannot create {}: {}", trainer.string(), error.message());
  std::vector<model::TensorToWrite> best;
  for (std::size_t i = 0; i < best_.size(); ++i) best.push_back({optimizer_.parameters()[i].name, best_[i], at::kFloat});
  model::write_tensors(trainer / best_name, best);
  optimizer_.save(trainer / optimizer_name);
  Json state = {{"epochs", result_.epochs}, {"best_epoch", result_.best_epoch},
                {"steps", result_.steps},   {"seconds", result_.seconds},
                {"examples", examples_},    {"history", history_},
                {"recipe", resolved_}};
  if (result_.validation_loss) state["validation_loss"] = *result_.validation_loss;
  if (result_.type_accuracy) state["type_accuracy"] = *result_.type_accuracy;
  write_file_atomically(trainer / state_name, state.dump(2) + "\n");
  staging.commit();
  // Only now that the new one is in place may the older one go.
  if (previous && *previous != target) fs::remove_all(*previous, error);
}

void QuestionTraining::resume(const fs::path& checkpoint) {
  const fs::path trainer = checkpoint / "trainer";
  const std::string origin = (trainer / state_name).string();
  const Json state = read_json(trainer / state_name);
  train::require_same_keys(json_get<std::string>(state, "recipe", origin), resolved_, fixed_tables, origin);
  model::load_module(checkpoint / "model.safetensors", model_);
  const model::SafetensorsFile best = model::SafetensorsFile::open(trainer / best_name);
  for (const nn::Parameter& parameter : optimizer_.parameters()) best_.push_back(best.tensor(parameter.name).to(settings_.device).clone());
  optimizer_.load(trainer / optimizer_name);
  result_.epochs = json_get<std::int64_t>(state, "epochs", origin);
  result_.best_epoch = json_get<std::int64_t>(state, "best_epoch", origin);
  result_.steps = json_get<std::int64_t>(state, "steps", origin);
  result_.seconds = json_get<double>(state, "seconds", origin);
  examples_ = json_get<double>(state, "examples", origin);
  if (state.contains("validation_loss")) result_.validation_loss = json_get<double>(state, "validation_loss", origin);
  if (state.contains("type_accuracy")) result_.type_accuracy = json_get<double>(state, "type_accuracy", origin);
  history_ = OrderedJson::parse(state.at("history").dump());
  if (!settings_.quiet) fmt::print(stderr, "Resuming from {}\n", checkpoint.string());
}

void QuestionTraining::write_model() {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < best_.size(); ++i) optimizer_.parameters()[i].tensor.detach().copy_(best_[i]);
  AtomicDirectory staging(result_.model);
  save_question_files(staging.path(), model_, data_.table, data_.learned.features, record());
  if (data_.learned.selector) data_.learned.selector->save(staging.path());
  staging.commit();
}

QuestionTrainingResult QuestionTraining::run() {
  const train::InterruptGuard interrupt;
  MetricsLog log(settings_.out / "metrics.jsonl", result_.steps);
  Progress progress("questions train", recipe_.schedule.total_steps, "step", settings_.quiet);
  progress.start_at(result_.steps);
  const auto begin = Clock::now();
  while (result_.epochs < recipe_.epochs) {
    OrderedJson line = {{"step", 0}, {"epoch", result_.epochs + 1}};
    const QuestionTrainingResult before = result_;
    const double examples_before = examples_;
    train_epoch(result_.epochs + 1, interrupt, progress, line);
    if (interrupt.requested()) {
      // What an unfinished epoch changed is not kept, nor counted: resuming begins it anew.
      result_ = before;
      examples_ = examples_before;
      result_.interrupted = true;
      break;
    }
    ++result_.epochs;
    validate(line);
    line["step"] = result_.steps;
    line["seconds"] = result_.seconds;
    history_.push_back(line);
    log.write(line);
    progress.update(result_.steps,
                    fmt::format("epoch {}  loss {:.3f}{}", result_.epochs, result_.loss,
                                result_.validation_loss ? fmt::format("  best validation {:.3f}", *result_.validation_loss) : ""));
    if (recipe_.checkpoints) checkpoint();
    if (recipe_.seconds > 0 && seconds_since(begin) >= recipe_.seconds) break;
  }
  progress.finish();
  result_.examples_per_second = result_.seconds > 0 ? examples_ / result_.seconds : 0.0;
  require(!best_.empty(), "stopped before the first epoch ended: there is no generator yet");
  write_model();
  result_.record = record();
  return result_;
}

}  // namespace

QuestionTrainingResult train_question_generator(Recipe& recipe, const train::RunSettings& settings, int threads) {
  const QuestionTrainingRecipe wanted = QuestionTrainingRecipe::from_recipe(recipe);
  const std::string resolved = recipe.resolved();
  const FileLock lock = train::begin_run(settings);
  std::optional<fs::path> checkpoint;
  std::optional<LearnedText> learned;
  std::optional<WordTable> table;
  if (settings.resume) {
    checkpoint = train::latest_checkpoint(settings.out);  // begin_run: there is one
    learned = LearnedText::load(*checkpoint);
    table = WordTable::load(*checkpoint);
  }
  TrainingData data = prepare_training_data(wanted, threads, settings.quiet, std::move(learned), std::move(table));
  QuestionTraining training(wanted, settings, resolved, std::move(data));
  if (checkpoint) training.resume(*checkpoint);
  write_file_atomically(settings.out / "recipe.toml", resolved);
  return training.run();
}

}  // namespace fathom::asking
