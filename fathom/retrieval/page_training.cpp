#include "fathom/retrieval/page_training.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/progress.h"
#include "fathom/base/rng.h"
#include "fathom/index/page_encoder.h"
#include "fathom/retrieval/page_loss.h"
#include "fathom/retrieval/page_ranking.h"
#include "fathom/retrieval/page_sampler.h"
#include "fathom/retrieval/row_adam.h"
#include "fathom/train/interrupt.h"

namespace fathom::retrieval {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t ranked_vectors = 256, mined_vectors = 48, most_neighbours = 16,
                       mined_clicks = 2;  // the last: of each page, an epoch

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

class PageTraining {
 public:
  PageTraining(PageTrainingRecipe recipe, Recipe& source, const train::RunSettings& settings, PageTrainingText text)
      : recipe_(std::move(recipe)),
        settings_(settings),
        text_(std::move(text)),
        model_(sized(recipe_.model, text_), text_.rows, text_.word_weights, recipe_.seed, settings.device),
        sampler_(text_, {recipe_.batch_pages, recipe_.page_queries, recipe_.hard_group}),
        rows_(model_.table(), recipe_.optimizer.beta1, recipe_.optimizer.beta2, recipe_.optimizer.eps),
        optimizer_(model_.parameters(), recipe_.optimizer) {
    model_.set_temperature(recipe_.temperature);
    schedule_ = train::LearningRateSchedule::from_recipe(source, std::max<std::int64_t>(1, recipe_.epochs * sampler_.steps_per_epoch()),
                                                         1e-3, "cosine");
  }

  PageTrainingResult run(const std::string& resolved);

 private:
  static pages::EncoderConfig sized(pages::EncoderConfig config, const PageTrainingText& text) {
    config.words = text.vocabulary.size();
    return config;
  }
  struct Losses {
    double total = 0, pages = 0, sentences = 0, clicks = 0;
    void add(const PageLosses& losses, double all);
    void divide(double by);
    OrderedJson to_json() const { return {{"loss", total}, {"pages", pages}, {"sentences", sentences}, {"clicks", clicks}}; }
  };
  std::pair<PageLosses, at::Tensor> losses(const PageStep& step, const std::vector<PageClick>& clicks, const PageBatch& batch,
                                           const at::Tensor& rows, std::int64_t most) const;
  void train_step(const PageStep& step, Rng& rng, Losses& sums);
  Losses validation_losses() const;
  std::vector<PageClick> clicks_to_mine(std::int64_t epoch) const;
  void evaluate(std::int64_t epoch, OrderedJson& line);
  void write(const std::string& resolved);

  PageTrainingRecipe recipe_;
  train::RunSettings settings_;
  PageTrainingText text_;
  PageModel model_;
  PageSampler sampler_;
  RowAdam rows_;
  train::Optimizer optimizer_;
  train::LearningRateSchedule schedule_;
  std::map<std::string, at::Tensor> best_;
  PageTrainingResult result_;
  OrderedJson epochs_ = OrderedJson::array();
};

void PageTraining::Losses::add(const PageLosses& losses, double all) {
  total += all;
  pages += losses.pages.item<double>();
  sentences += losses.sentences.item<double>();
  clicks += losses.clicks.item<double>();
}

void PageTraining::Losses::divide(double by) {
  for (double* value : {&total, &pages, &sentences, &clicks}) *value /= std::max(by, 1.0);
}

std::pair<PageLosses, at::Tensor> PageTraining::losses(const PageStep& step, const std::vector<PageClick>& clicks, const PageBatch& batch,
                                                       const at::Tensor& rows, std::int64_t most) const {
  std::vector<std::int64_t> sentences;
  std::vector<float> weights;
  for (std::size_t i = 0; i < step.clicks.size(); ++i) {
    const PageClick& click = clicks[static_cast<std::size_t>(step.clicks[i])];
    sentences.push_back(batch.begins[static_cast<std::size_t>(step.targets[i])] + click.sentence);
    weights.push_back(click.weight);
  }
  const EncodedPages encoded = model_.encode(batch, rows);
  const PageVectors vectors = model_.page_vectors(batch, encoded, most);
  const auto on_device = [&](const at::Tensor& tensor) { return tensor.to(settings_.device); };
  PageLosses losses =
      page_losses(model_, batch, encoded, vectors, on_device(at::tensor(step.targets, at::kLong)),
                  on_device(at::tensor(sentences, at::kLong)), on_device(at::tensor(weights, at::kFloat)), recipe_.interaction_temperature);
  at::Tensor all = losses.pages + recipe_.sentence_loss * losses.sentences + recipe_.click_loss * losses.clicks;
  return {std::move(losses), std::move(all)};
}

void PageTraining::train_step(const PageStep& step, Rng& rng, Losses& sums) {
  std::vector<std::int64_t> queries;
  for (const std::int64_t click : step.clicks) queries.push_back(text_.clicks[static_cast<std::size_t>(click)].query);
  const PageBatch batch = make_page_batch(text_, model_.config(), queries, step.pages, settings_.device, {recipe_.word_dropout, &rng});
  at::Tensor rows = model_.table().index_select(0, batch.rows).set_requires_grad(true);
  const std::int64_t most = recipe_.vectors[rng.below(recipe_.vectors.size())];
  const auto [parts, loss] = losses(step, text_.clicks, batch, rows, most);
  const double value = loss.item<double>();
  require(std::isfinite(value), "step {}: the loss is {}. Nothing was written; lower schedule.peak", result_.steps + 1, value);
  loss.backward();
  const double rate = schedule_.at(result_.steps);
  optimizer_.step(rate);
  rows_.step(batch.rows, rows.grad(), rate * recipe_.row_rate);
  sums.add(parts, value);
  ++result_.steps;
}

PageTraining::Losses PageTraining::validation_losses() const {
  const at::NoGradGuard no_grad;
  Losses sums;
  double count = 0;
  // Batches in the order of the clicks, each page of a batch once.
  for (std::size_t begin = 0; begin < text_.validation.size();) {
    PageStep step;
    std::map<std::int32_t, std::int64_t> places;
    std::vector<std::int64_t> queries;
    for (; begin < text_.validation.size() && static_cast<std::int64_t>(places.size()) < recipe_.batch_pages; ++begin) {
      const PageClick& click = text_.validation[begin];
      const auto [found, is_new] = places.emplace(click.page, static_cast<std::int64_t>(step.pages.size()));
      if (is_new) step.pages.push_back(click.page);
      step.clicks.push_back(static_cast<std::int64_t>(begin));
      step.targets.push_back(found->second);
      queries.push_back(click.query);
    }
    const PageBatch batch = make_page_batch(text_, model_.config(), queries, step.pages, settings_.device);
    const at::Tensor rows = model_.table().index_select(0, batch.rows);
    const auto [parts, loss] = losses(step, text_.validation, batch, rows, index::most_vectors_per_page);
    sums.add(parts, loss.item<double>());
    ++count;
  }
  sums.divide(count);
  return sums;
}

// A few clicks of each page, others each epoch: ranking all of them would take longer than the epoch.
std::vector<PageClick> PageTraining::clicks_to_mine(std::int64_t epoch) const {
  Rng rng(recipe_.seed, 0x3141 + static_cast<std::uint64_t>(epoch));
  std::vector<std::int64_t> taken(text_.pages.size(), 0);
  std::vector<PageClick> sample;
  for (const std::int64_t i : rng.permutation(static_cast<std::int64_t>(text_.clicks.size()))) {
    const PageClick& click = text_.clicks[static_cast<std::size_t>(i)];
    if (taken[static_cast<std::size_t>(click.page)]++ < mined_clicks) sample.push_back(click);
  }
  return sample;
}

void PageTraining::evaluate(std::int64_t epoch, OrderedJson& line) {
  const bool mining = recipe_.hard_group > 1 && epoch < recipe_.epochs;
  double reciprocal_rank = 0;
  if (!text_.validation.empty() || mining) {
    const EncodedCollection collection = encode_collection(model_, text_, index::most_vectors_per_page, settings_.device);
    if (!text_.validation.empty()) {
      reciprocal_rank = mean_reciprocal_rank(nearest_pages(model_, text_, collection, text_.validation, ranked_vectors, settings_.device),
                                             text_.validation);
      line["validation"] = validation_losses().to_json();
      line["validation_reciprocal_rank"] = reciprocal_rank;
    }
    if (mining) {
      const std::vector<PageClick> sample = clicks_to_mine(epoch);
      sampler_.set_neighbours(confused_pages(nearest_pages(model_, text_, collection, sample, mined_vectors, settings_.device), sample,
                                             static_cast<std::int64_t>(text_.pages.size()), most_neighbours));
    }
  }
  // Without held-out clicks the last epoch is the best.
  if (best_.empty() || text_.validation.empty() || reciprocal_rank > result_.best_reciprocal_rank) {
    best_ = model_.snapshot();
    result_.best_epoch = epoch;
    result_.best_reciprocal_rank = reciprocal_rank;
  }
}

void PageTraining::write(const std::string& resolved) {
  model_.restore(best_);
  result_.record = {{"epochs", result_.epochs},
                    {"best_epoch", result_.best_epoch},
                    {"steps", result_.steps},
                    {"seconds", result_.seconds},
                    {"interrupted", result_.interrupted},
                    {"pages", text_.pages.size()},
                    {"clicks", text_.clicks.size()},
                    {"validation_clicks", text_.validation.size()},
                    {"clicks_labelled_by_similarity", text_.labelled_by_similarity},
                    {"clicks_without_words", text_.without_words},
                    {"validation_reciprocal_rank", result_.best_reciprocal_rank},
                    {"temperature", 1.0 / model_.scale().item<double>()},
                    {"history", epochs_},
                    {"recipe", resolved}};
  AtomicDirectory staging(settings_.out);
  write_file_atomically(staging.path() / "config.json", model_.config().to_json().dump(2) + "\n");
  model_.save(staging.path() / "model.safetensors");
  text_.vocabulary.save(staging.path());
  write_file_atomically(staging.path() / "training.json", result_.record.dump(2) + "\n");
  staging.commit();
}

PageTrainingResult PageTraining::run(const std::string& resolved) {
  const train::InterruptGuard interrupt;
  const std::int64_t total = recipe_.epochs * sampler_.steps_per_epoch();
  Progress progress("index train", total, "step", settings_.quiet);
  OrderedJson first = {{"epoch", 0}};
  evaluate(0, first);
  epochs_.push_back(first);
  std::string detail = fmt::format("validation rank {:.3f}", result_.best_reciprocal_rank);
  const Clock::time_point begin = Clock::now();
  for (std::int64_t epoch = 1; epoch <= recipe_.epochs && !interrupt.requested(); ++epoch) {
    Rng rng(recipe_.seed, 0xE70C4 + static_cast<std::uint64_t>(epoch));
    Losses sums;
    double steps = 0;
    for (const PageStep& step : sampler_.epoch(rng)) {
      train_step(step, rng, sums);
      progress.update(result_.steps, fmt::format("loss {:.3f}  {}", sums.total / ++steps, detail));
      if (interrupt.requested()) break;
    }
    sums.divide(steps);
    result_.interrupted = interrupt.requested();
    OrderedJson line = {{"epoch", epoch}, {"steps", result_.steps}, {"seconds", seconds_since(begin)}, {"training", sums.to_json()}};
    evaluate(epoch, line);
    epochs_.push_back(line);
    result_.epochs = epoch;
    detail = fmt::format("validation rank {:.3f}", line.value("validation_reciprocal_rank", 0.0));
    progress.update(result_.steps, fmt::format("loss {:.3f}  {}", sums.total, detail));
    if (recipe_.seconds > 0 && seconds_since(begin) >= recipe_.seconds) break;
  }
  progress.finish();
  result_.seconds = seconds_since(begin);
  write(resolved);
  return result_;
}

}  // namespace

PageTrainingResult train_page_encoder(Recipe& recipe, const pages::PageCollection& collection, const pages::PageExamples& examples,
                                      const train::RunSettings& settings, int threads) {
  require_replaceable(settings.out, {"config.json", "model.safetensors", "vocabulary.txt", "training.json"});
  const PageTrainingRecipe wanted = PageTrainingRecipe::from_recipe(recipe);
  train::LearningRateSchedule::from_recipe(recipe, 1000, 1e-3, "cosine");  // makes its keys known before the long part begins
  recipe.reject_unknown();
  PageTrainingText text = prepare_page_text(collection, examples.examples, wanted, threads);
  PageTraining training(wanted, recipe, settings, std::move(text));
  return training.run(recipe.resolved());
}

}  // namespace fathom::retrieval
