#include "fathom/retrieval/encoder_training.h"

#include <ATen/Context.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/metrics_log.h"
#include "fathom/base/progress.h"
#include "fathom/base/rng.h"
#include "fathom/metrics/bleu.h"
#include "fathom/model/module_file.h"
#include "fathom/retrieval/length_batches.h"
#include "fathom/retrieval/reconstruction.h"
#include "fathom/retrieval/sentence_encoder.h"
#include "fathom/retrieval/training_text.h"
#include "fathom/train/checkpoint.h"
#include "fathom/train/interrupt.h"
#include "fathom/train/recipe_change.h"

namespace fathom::retrieval {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

constexpr const char *decoder_name = "decoder.safetensors", *optimizer_name = "optimizer.safetensors", *state_name = "state.json";

constexpr std::string_view fixed_tables[] = {"model.", "vectors.", "vocabulary."};

// The run's state is a function of recipe, seed and the number of steps done: dropout draws from a generator that is seeded anew at each.
class EncoderTraining {
 public:
  EncoderTraining(AutoencoderRecipe recipe, const train::RunSettings& settings, std::string resolved, TrainingText text)
      : recipe_(std::move(recipe)),
        settings_(settings),
        resolved_(std::move(resolved)),
        text_(std::move(text)),
        encoder_(sized(recipe_.model, text_), at::TensorOptions().dtype(at::kFloat).device(settings.device)),
        decoder_(encoder_.config(), at::TensorOptions().dtype(at::kFloat).device(settings.device)),
        optimizer_(initialized_parameters(), recipe_.optimizer),
        batches_(text_.train, recipe_.batch_sentences, recipe_.seed, settings.device) {
    if (!text_.validation.empty()) validation_.emplace(text_.validation, 64, 0, settings.device);
  }

  void resume();
  EncoderTrainingResult run();

 private:
  static EncoderConfig sized(EncoderConfig config, const TrainingText& text) {
    config.vocab_size = text.vocabulary.size();
    config.embedding_width = text.embedding.size(1);
    return config;
  }
  std::vector<nn::Parameter> initialized_parameters();
  // One step of either part; returns its loss on the device.
  at::Tensor step();
  bool in_autoencoder() const { return step_ < autoencoder_steps_; }
  std::int64_t total_steps() const { return autoencoder_steps_ + recipe_.contrastive_steps; }
  double validation_loss() const;
  void monitor_reconstruction();
  // `losses`: the sum over the last `window` steps, which no line of the log has yet.
  void checkpoint(const at::Tensor& losses, std::int64_t window);
  OrderedJson record() const;

  AutoencoderRecipe recipe_;
  train::RunSettings settings_;
  std::string resolved_;
  TrainingText text_;
  MeanMaxEncoder encoder_;
  MeanMaxDecoder decoder_;
  train::Optimizer optimizer_;
  LengthBatches batches_;
  std::optional<LengthBatches> contrastive_batches_;
  mutable std::optional<LengthBatches> validation_;
  std::int64_t step_ = 0, saved_step_ = -1, autoencoder_steps_ = recipe_.steps;
  bool out_of_time_ = false;
  double gradient_norm_ = 0, carried_loss_ = 0;  // the checkpoint's unlogged losses, summed, of so many steps:
  std::int64_t carried_steps_ = 0;
  EncoderTrainingResult result_;
};

std::vector<nn::Parameter> EncoderTraining::initialized_parameters() {
  encoder_.initialize(recipe_.seed);
  decoder_.initialize(recipe_.seed);
  encoder_.set_embedding(text_.embedding);
  std::vector<nn::Parameter> parameters;
  encoder_.collect_parameters("encoder.", parameters);
  decoder_.collect_parameters("decoder.", parameters);
  return parameters;
}

at::Tensor EncoderTraining::step() {
  at::manual_seed(Rng(recipe_.seed, 0x5E17E4CE ^ static_cast<std::uint64_t>(step_)).next_u64());
  at::Tensor loss;
  double learning_rate = 0;
  if (in_autoencoder()) {
    const at::Tensor ids = batches_.batch(step_);
    result_.tokens += ids.size(0) * (ids.size(1) + 1);
    learning_rate = recipe_.schedule.at(step_);
    loss = reconstruction_loss(encoder_, decoder_, ids, recipe_.precision, recipe_.dropout, recipe_.label_smoothing);
  } else {
    if (!contrastive_batches_) contrastive_batches_.emplace(text_.train, recipe_.contrastive_batch, recipe_.seed + 1, settings_.device);
    const at::Tensor ids = contrastive_batches_->batch(step_ - autoencoder_steps_);
    result_.tokens += ids.size(0) * (ids.size(1) + 1);
    const double left = 1.0 - static_cast<double>(step_ - autoencoder_steps_) / static_cast<double>(recipe_.contrastive_steps);
    learning_rate = recipe_.contrastive_rate * left;
    loss = contrastive_loss(encoder_, ids, recipe_.precision, recipe_.contrastive_dropout, recipe_.temperature);
  }
  loss.backward();
  const train::Optimizer::StepResult update = optimizer_.step(learning_rate);
  gradient_norm_ = update.gradient_norm;
  if (!update.finite) {
    fail(
        "step {}: the gradient is not finite (loss {}). Nothing of this step was applied{}. Lower schedule.peak or lengthen "
        "schedule.warmup_steps",
        step_ + 1, loss.item<double>(),
        saved_step_ > 0 ? fmt::format("; the last good checkpoint is step-{}", saved_step_) : "; no checkpoint had been written yet");
  }
  return loss.detach();
}

double EncoderTraining::validation_loss() const {
  const at::NoGradGuard no_grad;
  double sum = 0, targets = 0;
  for (std::int64_t i = 0; i < validation_->batches_per_epoch(); ++i) {
    const at::Tensor ids = validation_->batch(i);
    const double count = static_cast<double>(ids.size(0) * (ids.size(1) + 1));
    sum += count * reconstruction_loss(encoder_, decoder_, ids, recipe_.precision, 0.0, 0.0).item<double>();
    targets += count;
  }
  return sum / targets;
}

void EncoderTraining::monitor_reconstruction() {
  constexpr std::int64_t most_sentences = 512, shown = 3;
  std::vector<std::vector<std::int64_t>> written, wanted;
  for (std::int64_t i = 0; i < validation_->batches_per_epoch() && static_cast<std::int64_t>(wanted.size()) < most_sentences; ++i) {
    const at::Tensor ids = validation_->batch(i), host = ids.cpu();
    for (std::vector<std::int64_t>& sentence : reconstruct(encoder_, decoder_, ids, recipe_.precision, ids.size(1) + 4))
      written.push_back(std::move(sentence));
    for (std::int64_t row = 0; row < host.size(0); ++row) {
      const auto* begin = host.data_ptr<std::int64_t>() + row * host.size(1);
      wanted.emplace_back(begin, begin + host.size(1));
    }
  }
  std::int64_t equal = 0, all = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (std::size_t k = 0; k < wanted[i].size(); ++k) equal += k < written[i].size() && written[i][k] == wanted[i][k] ? 1 : 0;
    all += static_cast<std::int64_t>(wanted[i].size());
  }
  result_.bleu = metrics::corpus_bleu(written, wanted);
  result_.exact_tokens = static_cast<double>(equal) / static_cast<double>(all);
  MetricsLog samples(settings_.out / "reconstructions.jsonl");
  for (std::int64_t i = 0; i < shown; ++i) {
    const auto index = static_cast<std::size_t>(i) * (wanted.size() - 1) / static_cast<std::size_t>(shown - 1);
    samples.write(
        {{"step", step_}, {"sentence", text_.vocabulary.text_of(wanted[index])}, {"rebuilt", text_.vocabulary.text_of(written[index])}});
  }
}

OrderedJson EncoderTraining::record() const {
  OrderedJson record = {{"steps", step_},
                        {"autoencoder_steps", std::min(step_, autoencoder_steps_)},
                        {"seed", recipe_.seed},
                        {"tokens", result_.tokens},
                        {"seconds", result_.seconds},
                        {"text", text_.record}};
  if (result_.validation_loss) record["validation_loss"] = *result_.validation_loss;
  if (result_.bleu) record["reconstruction_bleu"] = *result_.bleu;
  if (result_.exact_tokens) record["reconstruction_exact_tokens"] = *result_.exact_tokens;
  record["recipe"] = resolved_;
  return record;
}

void EncoderTraining::checkpoint(const at::Tensor& losses, std::int64_t window) {
  const fs::path directory = settings_.out / "checkpoints", target = directory / fmt::format("step-{}", step_);
  const auto previous = train::latest_checkpoint(settings_.out);
  std::error_code error;
  fs::create_directories(directory, error);
  require(!error, "cannot create {}: {}", directory.string(), error.message());
  AtomicDirectory staging(target);
  save_encoder_files(staging.path(), encoder_, text_.vocabulary, record());
  const fs::path trainer = staging.path() / "trainer";
  fs::create_directory(trainer, error);
  require(!error, "cannot create {}: {}", trainer.string(), error.message());
  model::save_module(trainer / decoder_name, decoder_);
  optimizer_.save(trainer / optimizer_name);
  const Json state = {{"step", step_},
                      {"autoencoder_steps", autoencoder_steps_},
                      {"out_of_time", out_of_time_},
                      {"tokens", result_.tokens},
                      {"seconds", result_.seconds},
                      {"loss", result_.loss},
                      {"unlogged_loss", losses.defined() ? losses.item<double>() : 0.0},
                      {"unlogged_steps", window},
                      {"recipe", resolved_}};
  write_file_atomically(trainer / state_name, state.dump(2) + "\n");
  staging.commit();
  // Only now that the new one is in place may the older one go.
  if (previous && *previous != target) fs::remove_all(*previous, error);
  saved_step_ = step_;
}

void EncoderTraining::resume() {
  const auto newest = train::latest_checkpoint(settings_.out);
  require(newest.has_value(), "nothing to resume: {} holds no complete checkpoint; start without --resume", settings_.out.string());
  const fs::path trainer = *newest / "trainer";
  const std::string origin = (trainer / state_name).string();
  const Json state = read_json(trainer / state_name);
  train::require_same_keys(json_get<std::string>(state, "recipe", origin), resolved_, fixed_tables, origin);
  const EncoderVocabulary vocabulary = EncoderVocabulary::load(*newest);
  const bool same_text =
      vocabulary.has_words() ? vocabulary.words() == text_.vocabulary.words() : vocabulary.size() == text_.vocabulary.size();
  require(same_text, "{}: its vocabulary is not that of the recipe's text; resume with the recipe and the text that began the run",
          newest->string());
  model::load_module(*newest / "model.safetensors", encoder_);
  model::load_module(trainer / decoder_name, decoder_);
  optimizer_.load(trainer / optimizer_name);
  step_ = saved_step_ = json_get<std::int64_t>(state, "step", origin);
  // Where the first part was ended by time, or the second has begun, its length is what it was; else the recipe says how long it is.
  const auto first_part = json_get<std::int64_t>(state, "autoencoder_steps", origin);
  if (json_get<bool>(state, "out_of_time", origin) || step_ > first_part) {
    autoencoder_steps_ = first_part;
    out_of_time_ = json_get<bool>(state, "out_of_time", origin);
  }
  result_.tokens = json_get<std::int64_t>(state, "tokens", origin);
  result_.seconds = json_get<double>(state, "seconds", origin);
  result_.loss = json_get<double>(state, "loss", origin);
  carried_loss_ = json_get_or<double>(state, "unlogged_loss", 0.0, origin);
  carried_steps_ = json_get_or<std::int64_t>(state, "unlogged_steps", 0, origin);
  if (json_get<std::string>(state, "recipe", origin) != resolved_ && !settings_.quiet)
    fmt::print(stderr, "Note: the checkpoint was made with another recipe\n");
  if (!settings_.quiet) fmt::print(stderr, "Resuming from {}\n", newest->string());
}

EncoderTrainingResult EncoderTraining::run() {
  const train::InterruptGuard interrupt;
  MetricsLog metrics_log(settings_.out / "metrics.jsonl", step_);
  Progress progress("embed train", total_steps(), "step", settings_.quiet);
  progress.start_at(step_);
  at::Tensor losses;  // summed on the device, read when logged
  if (carried_steps_ > 0) losses = at::full({}, carried_loss_, at::TensorOptions().device(settings_.device));
  std::int64_t window = carried_steps_, window_tokens = result_.tokens;
  double window_seconds = result_.seconds;
  while (step_ < total_steps() && !interrupt.requested()) {
    const Clock::time_point begin = Clock::now();
    const bool autoencoder = in_autoencoder();
    const at::Tensor loss = step();
    losses = losses.defined() ? losses + loss : loss;
    ++window;
    ++step_;
    result_.seconds += seconds_since(begin);
    // Out of time: what is left of the autoencoder's steps is not run.
    if (autoencoder && recipe_.seconds > 0 && result_.seconds >= recipe_.seconds && !out_of_time_) {
      autoencoder_steps_ = step_;
      out_of_time_ = true;
    }
    const bool end_of_part = step_ == autoencoder_steps_ || step_ == total_steps();
    const auto due = [&](std::int64_t every) { return every > 0 && step_ % every == 0; };
    const bool evaluate_now = validation_ && autoencoder && (end_of_part || due(recipe_.evaluate_every));
    if (evaluate_now) result_.validation_loss = validation_loss();
    const bool reconstruct_now = validation_ && autoencoder && (end_of_part || due(recipe_.reconstruct_every));
    if (reconstruct_now) monitor_reconstruction();
    if (end_of_part || evaluate_now || due(recipe_.log_every)) {
      result_.loss = losses.item<double>() / static_cast<double>(window);
      const double rate = static_cast<double>(result_.tokens - window_tokens) / std::max(result_.seconds - window_seconds, 1e-9);
      OrderedJson line = {{"step", step_},
                          {autoencoder ? "loss" : "contrastive_loss", result_.loss},
                          {"gradient_norm", gradient_norm_},
                          {"tokens", result_.tokens},
                          {"tokens_per_second", rate},
                          {"seconds", result_.seconds}};
      if (evaluate_now) line["validation_loss"] = *result_.validation_loss;
      if (reconstruct_now) line.update({{"reconstruction_bleu", *result_.bleu}, {"reconstruction_exact_tokens", *result_.exact_tokens}});
      metrics_log.write(line);
      progress.update(step_, fmt::format("loss {:.3f}  {} tokens/s{}", result_.loss, format_count(rate),
                                         result_.validation_loss ? fmt::format("  validation {:.3f}", *result_.validation_loss) : ""));
      losses = at::Tensor();
      window = 0;
      window_tokens = result_.tokens;
      window_seconds = result_.seconds;
    }
    if (due(recipe_.checkpoint_every)) checkpoint(losses, window);
  }
  progress.finish();
  if (step_ != saved_step_) checkpoint(losses, window);
  result_.steps = step_;
  result_.interrupted = step_ < total_steps();
  OrderedJson summary = record();
  summary.erase("recipe");
  summary["loss"] = result_.loss;
  summary["tokens_per_second"] = result_.seconds > 0 ? static_cast<double>(result_.tokens) / result_.seconds : 0.0;
  summary["interrupted"] = result_.interrupted;
  if (!result_.interrupted) {
    result_.model = settings_.out / "model";
    save_encoder_directory(result_.model, encoder_, text_.vocabulary, record(), recipe_.saved_weights);
    summary["path"] = result_.model.string();
    write_file_atomically(settings_.out / "summary.json", summary.dump(2) + "\n");
  }
  result_.summary = summary;
  return result_;
}

}  // namespace

EncoderTrainingResult train_encoder(Recipe& recipe, const train::RunSettings& settings, int threads) {
  const AutoencoderRecipe wanted = AutoencoderRecipe::from_recipe(recipe, settings.device);
  const FileLock lock = train::begin_run(settings);
  TrainingText text = [&] {
    try {
      return prepare_training_text(wanted, threads, settings.quiet);
    } catch (...) {
      std::error_code error;
      fs::remove(settings.out, error);  // only when nothing is in it
      throw;
    }
  }();
  const std::string resolved = recipe.resolved();
  EncoderTraining training(wanted, settings, resolved, std::move(text));
  if (settings.resume) training.resume();
  write_file_atomically(settings.out / "recipe.toml", resolved);
  return training.run();
}

}  // namespace fathom::retrieval
