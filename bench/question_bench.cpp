// Question generation: examples a second of training and questions a second of beam search, of fathom and of the same model in plain
// libtorch (bench/plain_question_model.h), by turns in one run, medians. Both must give the same losses and the same questions.
//
//   OMP_NUM_THREADS=2 build/release/bench/question_bench
//   build/release/bench/question_bench --device cuda --batch 64 --width 512
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "bench/plain_question_model.h"
#include "fathom/asking/beam_search.h"
#include "fathom/asking/question_loss.h"
#include "fathom/base/error.h"
#include "fathom/base/rng.h"
#include "fathom/ops/cpu_setup.h"
#include "fathom/train/optimizer.h"

namespace fathom::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string device = "cpu";
  std::int64_t batch = 64, width = 512, vocabulary = 45'000, output_words = 20'000, question_words = 12;
  int rounds = 5;
};

asking::QuestionModelConfig config_of(const Options& options) {
  asking::QuestionModelConfig config;
  config.vocabulary = options.vocabulary;
  config.output_words = options.output_words;
  config.encoder_width = config.decoder_width = options.width;
  config.answer_values = 3;
  config.part_of_speech_values = 22;
  config.entity_values = 12;
  config.case_values = 6;
  return config;
}

// As long as SQuAD's sentences (20 to 50 words) and questions (8 to 16), random in everything else; a word in ten can only be copied.
asking::EncodedExample random_example(Rng& rng, const asking::QuestionModelConfig& config) {
  const auto between = [&](std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(most - least + 1)));
  };
  asking::EncodedExample example;
  for (std::int64_t left = between(20, 50); left > 0; --left) {
    const bool rare = rng.uniform() < 0.1;
    const std::int64_t word =
        rare ? between(config.output_words, config.vocabulary - 1) : between(asking::first_word_id, config.output_words - 1);
    example.words.push_back(word);
    example.source.push_back(rare ? config.output_words + static_cast<std::int64_t>(example.copied.size()) : word);
    if (rare) example.copied.push_back(word);
    example.answer.push_back(0);
    example.part_of_speech.push_back(between(0, config.part_of_speech_values - 1));
    example.entity.push_back(between(0, config.entity_values - 1));
    example.word_case.push_back(between(0, config.case_values - 1));
  }
  const auto words = static_cast<std::int64_t>(example.words.size());
  example.answer_words = between(1, 4);
  example.answer_begin = between(0, words - example.answer_words);
  for (std::int64_t i = 0; i < example.answer_words; ++i)
    example.answer[static_cast<std::size_t>(example.answer_begin + i)] = i == 0 ? 1 : 2;
  for (std::int64_t left = between(8, 16); left > 0; --left)
    example.question.push_back(rng.uniform() < 0.3 ? example.source[static_cast<std::size_t>(between(0, words - 1))]
                                                   : between(asking::first_word_id, config.output_words - 1));
  return example;
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Both by turns, so that what else the machine does meets both; the first turn is not counted.
void compare(const std::string& what, double items, int rounds, const std::function<void()>& ours, const std::function<void()>& plain) {
  std::vector<double> of_ours, of_plain;
  for (int round = 0; round <= rounds; ++round) {
    const double a = seconds_of(ours), b = seconds_of(plain);
    if (round == 0) continue;
    of_ours.push_back(items / a);
    of_plain.push_back(items / b);
  }
  fmt::print("{:<22} {:>10.1f} {:>10.1f} {:>8.2f}\n", what, median(of_ours), median(of_plain), median(of_ours) / median(of_plain));
  std::fflush(stdout);
}

void run(const Options& options) {
  const at::Device device(options.device);
  const asking::QuestionModelConfig config = config_of(options);
  asking::QuestionModel model(config, at::TensorOptions().dtype(at::kFloat).device(device));
  model.initialize(1);
  const PlainQuestionModel plain(model);
  Rng rng(1);
  std::vector<asking::EncodedExample> examples;
  std::vector<const asking::EncodedExample*> pointers;
  for (std::int64_t i = 0; i < options.batch; ++i) examples.push_back(random_example(rng, config));
  for (const asking::EncodedExample& example : examples) pointers.push_back(&example);
  const asking::QuestionBatch batch = asking::make_batch(pointers, config, device, /*with_questions=*/true);

  const double loss = asking::question_loss(model, batch, 0.0, {}).generation.item<double>(),
               expected = plain.loss(batch, 0.0).item<double>();
  require(std::abs(loss - expected) < 1e-3, "the losses of the two models differ: {} and {}", loss, expected);
  fmt::print("{}, {} threads, batch {}, width {}, {} words of {} generated; loss of both {:.4f}\n", options.device, at::get_num_threads(),
             options.batch, options.width, options.output_words, options.vocabulary, loss);
  fmt::print("{:<22} {:>10} {:>10} {:>8}\n", "a second", "fathom", "libtorch", "ratio");

  // The searches first: they need the weights that both have.
  for (const std::int64_t beam : {1, 5}) {
    asking::BeamOptions search;
    search.beam = static_cast<int>(beam);
    search.length_penalty = 0.0;
    search.no_repeat = 0;
    search.fewest_words = search.most_words = options.question_words;
    std::vector<std::vector<asking::FoundQuestion>> found;
    PlainQuestionModel::Found plain_found;
    compare(
        fmt::format("questions, beam {}", beam), static_cast<double>(options.batch), options.rounds,
        [&] {
          const at::NoGradGuard no_grad;
          found = asking::beam_search(model, batch, model.encode(batch, 0.0), search);
        },
        [&] {
          plain_found = plain.search(batch, beam, options.question_words);
          plain_found.words = plain_found.words.cpu();  // as ours come to the host
        });
    const at::Tensor scores = plain_found.scores.cpu();
    for (std::int64_t s = 0; s < batch.sentences(); ++s)
      require(std::abs(found[static_cast<std::size_t>(s)].at(0).score - scores[s].item<double>()) < 1e-2,
              "beam {}: the best questions of sentence {} have scores {} and {}", beam, s, found[static_cast<std::size_t>(s)][0].score,
              scores[s].item<double>());
  }

  const auto trainable = [](std::vector<nn::Parameter> parameters) {
    for (nn::Parameter& parameter : parameters) parameter.tensor.set_requires_grad(true);
    return parameters;
  };
  std::vector<nn::Parameter> own;
  model.collect_parameters("", own);
  train::OptimizerOptions adam;
  adam.clip_norm = 5.0;
  train::Optimizer optimizer(trainable(own), adam), plain_optimizer(trainable(plain.parameters()), adam);  // the same for both
  compare(
      "examples, training", static_cast<double>(options.batch), options.rounds,
      [&] {
        asking::question_loss(model, batch, 0.3, {}).total.backward();
        optimizer.step(1e-3);  // waits for the device
      },
      [&] {
        plain.loss(batch, 0.3).backward();
        plain_optimizer.step(1e-3);
      });
}

}  // namespace
}  // namespace fathom::bench

int main(int argc, char** argv) {
  fathom::bench::Options options;
  CLI::App app("Question generation against plain libtorch");
  app.add_option("--device", options.device, "cpu or cuda")->capture_default_str();
  app.add_option("--batch", options.batch, "Sentences at a time")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--width", options.width, "Of encoder and decoder; even")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--vocabulary", options.vocabulary, "Words with an embedding")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--output-words", options.output_words, "Words that can be generated")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--question-words", options.question_words, "Of a generated question")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--rounds", options.rounds, "Turns of each; the median counts")->check(CLI::PositiveNumber)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const char* threads = std::getenv("OMP_NUM_THREADS");
    fathom::ops::setup_cpu(threads != nullptr ? std::atoi(threads) : 0);
    fathom::bench::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "question_bench: {}\n", error.what());
    return 1;
  }
}
