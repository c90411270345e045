// fathom questions features: learns what words are from the texts of records (docs/question-generation.md).
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/cli/questions_commands.h"
#include "fathom/questions/features.h"
#include "fathom/questions/tagged_sentences.h"

namespace fathom::cli {
namespace {

struct FeaturesOptions {
  std::string input, out, wordnet = text::WordNet::default_directory, tagged;
  int threads = 0;
};

double percent(std::int64_t part, std::int64_t whole) { return 100.0 * static_cast<double>(part) / static_cast<double>(whole); }

int run_features(const FeaturesOptions& options) {
  const std::vector<questions::QuestionRecord> records = questions::read_question_records(options.input);
  const std::vector<std::string> contexts = questions::distinct_contexts(records);
  const text::WordNet wordnet = text::WordNet::open(options.wordnet);
  questions::LearnOptions learning;
  learning.threads = options.threads;
  learning.report = [](const std::string& what) { fmt::print(stderr, "{}\n", what); };
  const questions::FeatureExtractor features = questions::FeatureExtractor::learn(contexts, wordnet, learning);
  if (!options.tagged.empty()) {
    const questions::TaggedAgreement agreement = questions::compare_tags(features, questions::read_tagged_sentences(options.tagged));
    fmt::print("{}: {} words; right: {:.1f} % with neighbours, {:.1f} % of each word alone\n", options.tagged, agreement.words,
               percent(agreement.right, agreement.words), percent(agreement.right_alone, agreement.words));
    for (const std::string& error : agreement.errors) fmt::print("  {}\n", error);
  }
  AtomicDirectory out(options.out);
  features.save(out.path());
  out.commit();
  fmt::print("{}\n", options.out);
  return 0;
}

}  // namespace

Runner set_up_questions_features(CLI::App& app) {
  auto options = std::make_shared<FeaturesOptions>();
  app.description("Learn parts of speech and entity classes from the contexts of records and WordNet; no tagged corpus is needed");
  app.add_option("--input", options->input, "Records {context, answer, answer_start}")->required();
  app.add_option("--out", options->out, "Directory to write")->required();
  app.add_option("--wordnet", options->wordnet, "WordNet's database (Debian: wordnet-base)")->capture_default_str();
  app.add_option("--tagged", options->tagged, "Sentences tagged by hand, word/tag: measure on them");
  app.add_option("--threads", options->threads, "Threads (0: all cores); the result does not depend on them")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  return [options] { return run_features(*options); };
}

}  // namespace fathom::cli
