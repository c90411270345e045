// fathom embed eval: encoders and their untrained baselines in one table.
//   fathom embed eval --model runs/embed-1/model runs/embed-2/model runs/embed-3/model --encoder all --data data/ --json
#include "fathom/cli/embed_eval.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/progress.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/compute_device.h"
#include "fathom/eval/senteval.h"
#include "fathom/retrieval/random_encoders.h"
#include "fathom/vectors/word_vectors.h"

namespace fathom::cli {
namespace {

struct Options {
  std::vector<std::string> models, encoders, tasks;
  std::string data, vectors, out;
  std::int64_t width = 0;
  int folds = 10;
  std::uint64_t seed = 1;
  bool json = false;
  ComputeOptions compute;
};

struct Row {
  std::string name;
  std::int64_t width = 0;
  double seconds = 0;
  std::vector<eval::TaskScore> scores;
};

// Words and their vectors for the baselines: those of an encoder directory with words, or any word vectors.
struct Words {
  retrieval::EncoderVocabulary vocabulary;
  at::Tensor embedding;
};

Words words_of(const std::string& path) {
  const std::filesystem::path directory(path);
  const bool encoder = std::filesystem::exists(directory / "model.safetensors");
  if (encoder) {
    const auto loaded = retrieval::MeanMaxSentenceEncoder::load(directory);
    if (!loaded->vocabulary().has_words())
      fail_usage("{}: this encoder reads subwords; name word vectors for the baselines with --vectors", path);
    return {retrieval::EncoderVocabulary::of_words(loaded->vocabulary().words()), loaded->model().embedding().clone()};
  }
  const vectors::WordVectors found = vectors::WordVectors::load(directory);
  const at::Tensor values = at::from_blob(const_cast<float*>(found.values().data()), {found.size(), found.width()}, at::kFloat);
  // Rows of start and end, which no baseline reads.
  return {retrieval::EncoderVocabulary::of_words(found.words()), at::cat({at::zeros({2, found.width()}), values})};
}

Row measure(const std::string& name, const retrieval::SentenceEncoder& encoder, const Options& options, at::Device device) {
  eval::SentEvalOptions wanted;
  wanted.data = options.data;
  wanted.tasks = options.tasks;
  wanted.choice.folds = options.folds;
  wanted.device = device;
  if (!options.compute.quiet) {
    wanted.report = [&](const eval::TaskScore& score) { fmt::print(stderr, "{}: {} {:.2f}\n", name, score.task, score.score); };
  }
  const auto begin = std::chrono::steady_clock::now();
  Row row{name, encoder.width(), 0, eval::run_senteval(encoder, wanted)};
  row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return row;
}

double average_of_ten(const Row& row) {
  double sum = 0;
  for (const std::string& task : eval::ten_tasks()) {
    const auto found = std::find_if(row.scores.begin(), row.scores.end(), [&](const eval::TaskScore& score) { return score.task == task; });
    if (found == row.scores.end()) return 0;  // not all were asked for
    sum += found->score;
  }
  return sum / static_cast<double>(eval::ten_tasks().size());
}

// The mean of several rows of the same tasks, as a row of its own.
Row mean_of(const std::vector<Row>& rows) {
  Row mean = rows.front();
  mean.name = fmt::format("mean of {}", rows.size());
  for (std::size_t i = 0; i < mean.scores.size(); ++i) {
    mean.scores[i].score = mean.scores[i].second_score = 0;
    for (const Row& row : rows) {
      mean.scores[i].score += row.scores[i].score / static_cast<double>(rows.size());
      mean.scores[i].second_score += row.scores[i].second_score / static_cast<double>(rows.size());
    }
  }
  return mean;
}

// The sample standard deviation of each task over rows.
std::vector<double> deviations(const std::vector<Row>& rows, const Row& mean) {
  std::vector<double> result(mean.scores.size(), 0.0);
  for (std::size_t i = 0; i < result.size(); ++i) {
    for (const Row& row : rows) result[i] += std::pow(row.scores[i].score - mean.scores[i].score, 2);
    result[i] = std::sqrt(result[i] / static_cast<double>(rows.size() - 1));
  }
  return result;
}

OrderedJson to_json(const Row& row) {
  OrderedJson scores = OrderedJson::object();
  for (const eval::TaskScore& score : row.scores) {
    OrderedJson entry = {{score.metric, score.score}};
    if (!score.second_metric.empty()) entry[score.second_metric] = score.second_score;
    entry["examples"] = score.examples;
    entry["file"] = score.file;
    scores[score.task] = entry;
  }
  OrderedJson json = {{"encoder", row.name}, {"width", row.width}, {"seconds", row.seconds}, {"scores", scores}};
  if (const double average = average_of_ten(row); average > 0) json["average_of_ten"] = average;
  return json;
}

std::string table(const std::vector<Row>& rows) {
  std::size_t longest = 7;
  for (const Row& row : rows) longest = std::max(longest, row.name.size());
  std::string text = fmt::format("{:<{}}  width", "encoder", longest);
  for (const eval::TaskScore& score : rows.front().scores) text += fmt::format("  {:>11}", score.task);
  text += "   ten\n";
  for (const Row& row : rows) {
    text += fmt::format("{:<{}}  {:5}", row.name, longest, row.width);
    for (const eval::TaskScore& score : row.scores) {
      const std::string second = score.second_metric.empty() ? "" : fmt::format("/{:.1f}", score.second_score);
      text += fmt::format("  {:>11}", fmt::format("{:.1f}{}", score.score, second));
    }
    const double average = average_of_ten(row);
    text += average > 0 ? fmt::format("  {:.1f}\n", average) : "     -\n";
  }
  return text;
}

int run(const Options& options) {
  if (options.models.empty() && options.encoders.empty()) fail_usage("nothing to measure: give --model, --encoder or both");
  const std::string words_from = !options.vectors.empty() ? options.vectors : options.models.empty() ? "" : options.models.front();
  std::vector<std::string> baselines;
  for (const std::string& name : options.encoders) {
    if (name == "all") {
      baselines.insert(baselines.end(), retrieval::baseline_names().begin(), retrieval::baseline_names().end());
    } else {
      baselines.push_back(name);
    }
  }
  if (!baselines.empty() && words_from.empty()) fail_usage("the baselines need word vectors: give --vectors, or an encoder with --model");
  const at::Device device = set_up_compute(options.compute);

  std::vector<Row> models, rows;
  std::int64_t width = options.width;
  for (const std::string& path : options.models) {
    const auto encoder = retrieval::MeanMaxSentenceEncoder::load(path, {device, at::kFloat});
    if (options.width == 0) width = std::max(width, encoder->width());
    models.push_back(measure(path, *encoder, options, device));
  }
  if (width == 0) width = 4096;
  for (const std::string& name : baselines) {
    Words words = words_of(words_from);
    const auto encoder = retrieval::make_baseline(name, std::move(words.vocabulary), words.embedding, width, options.seed, device);
    rows.push_back(measure(name, *encoder, options, device));
  }
  rows.insert(rows.end(), models.begin(), models.end());
  OrderedJson json = {{"folds", options.folds}, {"rows", OrderedJson::array()}};
  for (const Row& row : rows) json["rows"].push_back(to_json(row));
  if (models.size() > 1) {
    const Row mean = mean_of(models);
    rows.push_back(mean);
    json["mean_of_models"] = to_json(mean);
    OrderedJson spread = OrderedJson::object();
    const std::vector<double> deviation = deviations(models, mean);
    for (std::size_t i = 0; i < deviation.size(); ++i) spread[mean.scores[i].task] = deviation[i];
    json["standard_deviation_of_models"] = spread;
  }
  if (!options.out.empty()) write_file_atomically(options.out, json.dump(2) + "\n");
  if (options.json) {
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}", table(rows));
  }
  return 0;
}

}  // namespace

Runner set_up_embed_eval(CLI::App& command) {
  auto options = std::make_shared<Options>();
  std::vector<std::string> encoders = retrieval::baseline_names();
  encoders.emplace_back("all");
  command.add_option("--model", options->models, "Encoder directories; several (of several seeds) get a row each and one for their mean")
      ->expected(1, -1);
  command
      .add_option("--encoder", options->encoders,
                  fmt::format("Untrained baselines: {}, or all", fmt::join(retrieval::baseline_names(), ", ")))
      ->check(CLI::IsMember(encoders))
      ->expected(1, -1);
  command.add_option("--vectors", options->vectors, "Word vectors of the baselines (default: those of the first --model)");
  command.add_option("--width", options->width, "Width of the random baselines (0: that of the models, else 4096)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--data", options->data, "Folder with senteval/ and sts/ inside")->required()->check(CLI::ExistingDirectory);
  command.add_option("--tasks", options->tasks, fmt::format("Only these: {}", fmt::join(eval::senteval_tasks(), ", ")))->delimiter(',');
  command.add_option("--folds", options->folds, "Of the cross-validations; SentEval takes 10, fewer are faster")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  command.add_option("--seed", options->seed, "Seed of the random baselines")->capture_default_str();
  command.add_option("--out", options->out, "File to write the results to, as JSON");
  command.add_flag("--json", options->json, "Print the results as JSON");
  options->compute.add_to(command);
  command.footer(
      "Scores are times 100: accuracy (MRPC: accuracy/F1) of logistic regression on frozen vectors, Pearson/Spearman of STS. 'ten' is the "
      "mean\n"
      "of the ten tasks of arXiv 1809.06590. The JSON names the file of each test set: one called 'half' is not the published set.");
  return [options] { return run(*options); };
}

}  // namespace fathom::cli
