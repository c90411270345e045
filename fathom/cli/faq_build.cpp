// fathom faq build: a FAQ file or folder becomes a matcher (docs/faq.md).
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "fathom/base/error.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/faq_commands.h"
#include "fathom/cli/model_library.h"
#include "fathom/cli/question_encoder_training.h"
#include "fathom/faq/faq.h"

namespace fathom::cli {
namespace {

struct BuildOptions {
  faq::FaqBuildOptions build;
  std::string out;
  ReplaceOption replace;
  std::string device = "cpu";
  std::int64_t encoder_hidden = 0, encoder_words = 600'000;
  bool allow_missing_answers = false, quiet = false;
};

int run_build(const BuildOptions& options) {
  options.replace.check(options.out);
  faq::FaqBuildOptions build = options.build;
  if (!build.matcher.empty() && !(build.texts.empty() && build.background.empty() && build.word_vectors.empty()))
    fail_usage("--matcher takes a trained matcher as it is; --text, --background and --word-vectors would train another");
  build.read.answers_required = !options.allow_missing_answers;
  build.read.warn = [](const std::string& message) { fmt::print(stderr, "fathom: {}\n", message); };
  if (options.encoder_hidden > 0) {
    build.encoder = [&](const faq::EncoderTraining& text) {
      const EncoderTrainingRequest request{&text,         options.encoder_hidden, options.encoder_words, build.seed,
                                           build.threads, options.device,         options.quiet};
      std::optional<faq::QuestionEncoder> encoder;
      reinterpret_cast<TrainQuestionEncoder>(model_library_symbol(train_question_encoder_symbol))(&request, &encoder);
      return encoder;
    };
  }
  if (!options.quiet) build.report = [](const std::string& what) { fmt::print(stderr, "faq build: {}\n", what); };
  const faq::FaqBuildReport report = faq::build_faq(build, options.out);
  if (!options.quiet)
    fmt::print(stderr, "{} questions, {} further texts, {} words, {} of them with vectors\n", report.entries, report.texts,
               report.vocabulary, report.vectors);
  fmt::print("{}\n", options.out);
  return 0;
}

}  // namespace

Runner set_up_faq_build(CLI::App& app) {
  auto options = std::make_shared<BuildOptions>();
  app.description("Make a matcher of questions and their answers; no labels are needed");
  faq::FaqBuildOptions& build = options->build;
  app.add_option("--input", build.inputs, "JSONL, JSON or CSV files of question and answer, or directories; plain, gzip, xz or zstd")
      ->required()
      ->expected(1, -1);
  app.add_option("--out", options->out, "Directory to write")->required();
  options->replace.add_to(app);
  app.add_option("--text", build.texts,
                 "More unlabelled text of the same kind (posts, comments), a text a line or record: teaches what words weigh and mean")
      ->expected(1, -1);
  app.add_option("--background", build.background, "Any text in the language: word vectors only")->expected(1, -1);
  app.add_option("--word-vectors", build.word_vectors, "Word vectors to use instead of training them: a directory, GloVe or word2vec text");
  app.add_option("--calibrate", build.labels, "Judged questions, in a format of `faq eval`, to scale the probability to");
  app.add_option("--vector-width", build.vector_width, "Width of word vectors trained here")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--encoder-hidden", options->encoder_hidden,
                 "Train an attention autoencoder with so many units a direction (needs libtorch); 0: none")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--encoder-words", options->encoder_words, "Words that the autoencoder is trained on")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--device", options->device, "cpu or cuda, for the autoencoder")->capture_default_str();
  app.add_option("--matcher", build.matcher, "A FAQ directory whose matcher is used as it is: equal pairs then get equal scores in both");
  app.add_flag("--allow-missing-answers", options->allow_missing_answers, "Accept questions without an answer");
  app.add_option("--seed", build.seed, "Seed of the word vectors and pseudo questions")->capture_default_str();
  app.add_option("--threads", build.threads, "Threads (0: all cores); the result does not depend on them")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--quiet", options->quiet, "No progress");
  return [options] { return run_build(*options); };
}

}  // namespace fathom::cli
