// fathom embed: sentence vectors from raw text.
//   fathom embed train --config recipes/embed.toml --set 'data.text=["text/"]' --out runs/embed
//   fathom embed encode --model runs/embed/model --input sentences.txt --out vectors.safetensors
//   fathom embed eval --model runs/embed/model --encoder all --data data/
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/json.h"
#include "fathom/base/output_lock.h"
#include "fathom/base/progress.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/compute_device.h"
#include "fathom/cli/embed_eval.h"
#include "fathom/cli/model_commands.h"
#include "fathom/cli/training_output.h"
#include "fathom/model/safetensors.h"
#include "fathom/retrieval/encoder_training.h"
#include "fathom/retrieval/sentence_encoder.h"
#include "fathom/text/utf8.h"
#include "fathom/vectors/sentence_corpus.h"
#include "fathom/vectors/train_word_vectors.h"

namespace fathom::cli {
namespace {

struct TrainOptions {
  RunOptions run;
  ComputeOptions compute;
  bool json = false;
};

int run_train(const TrainOptions& options) {
  Recipe recipe = options.run.recipe();
  const retrieval::EncoderTrainingResult result =
      retrieval::train_encoder(recipe, run_settings(options.run, options.compute), options.compute.threads);
  if (options.json) fmt::print("{}\n", result.summary.dump(2));
  if (result.interrupted) {
    fmt::print(stderr, "Stopped after step {}; a checkpoint is in {}/checkpoints. Go on with the same command and --resume\n", result.steps,
               options.run.out);
    return 1;
  }
  if (!options.json) {
    fmt::print("{} steps, {} tokens in {} ({} tokens/s); loss {:.4f}\n", result.steps, format_count(static_cast<double>(result.tokens)),
               format_duration(result.seconds), format_count(static_cast<double>(result.tokens) / std::max(result.seconds, 1e-9)),
               result.loss);
    if (result.validation_loss)
      fmt::print("Validation loss {:.4f}; reconstruction: BLEU {:.1f}, {:.1f}% of the words\n", *result.validation_loss,
                 100.0 * result.bleu.value_or(0), 100.0 * result.exact_tokens.value_or(0));
    fmt::print("Encoder: {}\n", result.model.string());
  }
  return 0;
}

struct EncodeOptions {
  std::string model, input, out, compute_precision = "fp32";
  ComputeOptions compute;
};

// "-" is standard input.
std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  const auto take = [&](std::string_view line, const std::string& position) {
    const std::size_t valid = text::valid_prefix(line);
    require(valid == line.size(), "{}: byte {} is not UTF-8; convert the file, one sentence a line", position, valid + 1);
    lines.emplace_back(line);
  };
  if (path == "-") {
    for (std::string line; std::getline(std::cin, line);) {
      if (line.ends_with('\r')) line.pop_back();
      take(line, fmt::format("standard input:{}", lines.size() + 1));
    }
  } else {
    LineReader reader(path);
    while (const auto line = reader.next()) take(*line, reader.position());
  }
  require(!lines.empty(), "{} is empty; one sentence a line is expected", path == "-" ? "standard input" : path);
  return lines;
}

at::ScalarType activations(const std::string& name, at::Device device) {
  if (name == "bf16" && device.is_cpu()) fail_usage("--compute-precision bf16 needs --device cuda; on the CPU fp32 is faster");
  return name == "bf16" ? at::kBFloat16 : at::kFloat;
}

// What a command reads is not what it writes to.
void refuse_same(const std::string& input, const std::string& out) {
  std::error_code error;
  if (std::filesystem::equivalent(input, out, error)) fail_usage("--out {} is the input; choose another name for the result", out);
}

int run_encode(const EncodeOptions& options) {
  refuse_same(options.input, options.out);
  const at::Device device = set_up_compute(options.compute);
  const auto encoder = retrieval::MeanMaxSentenceEncoder::load(options.model, {device, activations(options.compute_precision, device)});
  const std::vector<std::string> sentences = read_lines(options.input);
  const auto begin = std::chrono::steady_clock::now();
  const retrieval::Encoded encoded = encoder->encode(sentences);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  model::write_safetensors(options.out, {{"embeddings", encoded.embeddings}});
  if (encoded.without_words > 0)
    fmt::print(stderr, "fathom: warning: {} of {} lines hold no word that the encoder knows; their vectors are zero\n",
               encoded.without_words, sentences.size());
  if (encoded.cut > 0)
    fmt::print(stderr, "fathom: warning: {} of {} lines are longer than {} known words; only these were read of each\n", encoded.cut,
               sentences.size(), encoder->model().config().max_length);
  if (!options.compute.quiet)
    fmt::print(stderr, "{} sentences in {} ({} a second)\n", sentences.size(), format_duration(seconds),
               format_count(static_cast<double>(sentences.size()) / std::max(seconds, 1e-9)));
  return 0;
}

struct ExportOptions {
  std::string model, out, precision = "fp16";
};

int run_export(const ExportOptions& options) {
  refuse_same(options.model, options.out);
  require_replaceable(options.out,
                      {"config.json", "model.safetensors", "vocabulary.txt", "tokenizer.json", "tokenizer_config.json", "training.json"});
  const auto encoder = retrieval::MeanMaxSentenceEncoder::load(options.model);
  retrieval::save_encoder_directory(options.out, encoder->model(), encoder->vocabulary(), OrderedJson(encoder->record()),
                                    options.precision == "fp16" ? at::kHalf : at::kFloat);
  fmt::print("{}\n", options.out);
  return 0;
}

struct VectorOptions {
  std::vector<std::string> inputs;
  std::string out, text_field = "text";
  vectors::WordVectorOptions vectors;
  int threads = 0;
};

int run_vectors(const VectorOptions& options) {
  require_replaceable(options.out, {"config.json", "vocabulary.txt", "vectors.safetensors"});
  const FileLock lock = lock_output(options.out);
  vectors::SentenceCorpusOptions reading;
  reading.documents.text_field = options.text_field;
  reading.threads = options.threads;
  const vectors::SentenceCorpus corpus = vectors::read_sentence_corpus(options.inputs, reading);
  const auto begin = std::chrono::steady_clock::now();
  vectors::WordVectorOptions wanted = options.vectors;
  wanted.threads = options.threads;
  const vectors::WordVectors found = vectors::train_word_vectors(corpus, wanted);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  found.save(options.out, wanted.to_json());
  fmt::print(stderr, "{} words of width {} from {} words of text in {}\n", found.size(), found.width(),
             format_count(static_cast<double>(corpus.tokens.size())), format_duration(seconds));
  fmt::print("{}\n", options.out);
  return 0;
}

void add_train(CLI::App& command, TrainOptions& options) {
  options.run.add_to(command);
  options.compute.add_to(command);
  command.add_flag("--json", options.json, "Print the summary as JSON");
  command.footer(
      "  fathom embed train --config recipes/embed.toml --set 'data.text=[\"text/\"]' --out runs/embed\n"
      "OUT gets recipe.toml, metrics.jsonl, reconstructions.jsonl, checkpoints/ and model/ (the encoder). Ctrl-C writes a checkpoint;\n"
      "--resume goes on. Keys of the recipe: docs/embeddings.md.");
}

void add_encode(CLI::App& command, EncodeOptions& options) {
  command.add_option("--model", options.model, "Encoder directory")->required();
  command.add_option("--input", options.input, "Text file, one sentence a line, plain or compressed; -: standard input")->required();
  command.add_option("--out", options.out, "Safetensors file to write: embeddings [sentences, width] fp32")->required();
  command.add_option("--compute-precision", options.compute_precision, "Of activations: fp32, or bf16 on CUDA")
      ->check(CLI::IsMember({"fp32", "bf16"}))
      ->capture_default_str();
  options.compute.add_to(command);
}

void add_export(CLI::App& command, ExportOptions& options) {
  command.add_option("--model", options.model, "Encoder directory, or a checkpoint of its training")->required();
  command.add_option("--out", options.out, "Directory to write: the encoder alone")->required();
  command.add_option("--precision", options.precision, "Of the stored weights")
      ->check(CLI::IsMember({"fp32", "fp16"}))
      ->capture_default_str();
}

void add_vectors(CLI::App& command, VectorOptions& options) {
  command.add_option("--input", options.inputs, "Text or JSONL files, or directories")->required()->expected(1, -1);
  command.add_option("--out", options.out, "Directory to write")->required();
  command.add_option("--text-field", options.text_field, "Key of the text in JSONL records")->capture_default_str();
  command.add_option("--width", options.vectors.width, "Width of the vectors")->check(CLI::Range(1, 4096))->capture_default_str();
  command.add_option("--min-count", options.vectors.min_count, "Rarer words get no vector")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--window", options.vectors.window, "Words on each side")->check(CLI::Range(1, 100))->capture_default_str();
  command.add_option("--smoothing", options.vectors.context_smoothing, "Exponent on the counts of contexts")
      ->check(check_between(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--shift", options.vectors.shift, "Subtracted from the mutual information")
      ->check(check_between(-100.0, 100.0))
      ->capture_default_str();
  command.add_option("--power", options.vectors.eigenvalue_power, "Of the eigenvalues in the vectors")
      ->check(check_between(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--threads", options.threads, "CPU threads (0: one a core)")->check(CLI::Range(0, 1024))->capture_default_str();
  command.add_option("--seed", options.vectors.seed, "Seed of the random start")->capture_default_str();
}

}  // namespace

Runner set_up_embed(CLI::App& app) {
  app.require_subcommand(1);
  auto train = std::make_shared<TrainOptions>();
  auto encode = std::make_shared<EncodeOptions>();
  auto export_options = std::make_shared<ExportOptions>();
  auto vector_options = std::make_shared<VectorOptions>();
  CLI::App* train_command = app.add_subcommand("train", "Train a sentence encoder on text");
  add_train(*train_command, *train);
  CLI::App* encode_command = app.add_subcommand("encode", "Sentences into vectors");
  add_encode(*encode_command, *encode);
  CLI::App* eval_command = app.add_subcommand("eval", "Measure encoders on SentEval's tasks and STS, beside untrained baselines");
  const Runner run_eval = set_up_embed_eval(*eval_command);
  CLI::App* export_command = app.add_subcommand("export", "Copy an encoder with its weights in another precision");
  add_export(*export_command, *export_options);
  CLI::App* vectors_command = app.add_subcommand("vectors", "Train word vectors alone");
  add_vectors(*vectors_command, *vector_options);
  return [=] {
    if (train_command->parsed()) return run_train(*train);
    if (encode_command->parsed()) return run_encode(*encode);
    if (eval_command->parsed()) return run_eval();
    return export_command->parsed() ? run_export(*export_options) : run_vectors(*vector_options);
  };
}

}  // namespace fathom::cli
