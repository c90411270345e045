// fathom questions features: learns what words are from the texts of records (docs/question-generation.md).
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/cli/questions_commands.h"
#include "fathom/questions/candidates.h"
#include "fathom/questions/features.h"
#include "fathom/questions/tagged_sentences.h"

namespace fathom::cli {
namespace {

struct FeaturesOptions {
  std::string input, out, wordnet = text::WordNet::default_directory, tagged, held_out;
  int threads = 0;
};

double percent(std::int64_t part, std::int64_t whole) { return 100.0 * static_cast<double>(part) / static_cast<double>(whole); }

void print_measures(const questions::AnswerSelector& selector, const questions::FeatureExtractor& features,
                    const FeaturesOptions& options) {
  const std::vector<questions::QuestionRecord> records = questions::read_question_records(options.held_out);
  constexpr int depths[] = {1, 3, 5, 10};
  const questions::CandidateMeasures measures = selector.measure(features, records, depths, options.threads);
  fmt::print("{}: {} contexts, {} answers, {} candidates\n", options.held_out, measures.contexts, measures.answers, measures.candidates);
  fmt::print("answers among the candidates: {:.1f} % exactly, {:.1f} % by half\n", 100 * measures.recall, 100 * measures.recall_overlap);
  for (const auto& at : measures.precision)
    fmt::print("precision@{}: {:.1f} % exactly, {:.1f} % by half; the first entities of the text: {:.1f} % exactly\n", at.k, 100 * at.exact,
               100 * at.overlap, 100 * at.first_in_text);
}

int run_features(const FeaturesOptions& options) {
  const std::vector<questions::QuestionRecord> records = questions::read_question_records(options.input);
  const std::vector<std::string> contexts = questions::distinct_contexts(records);
  require_replaceable(options.out, {"*.tsv"});
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
  questions::SelectorOptions selecting;
  selecting.threads = options.threads;
  const questions::AnswerSelector selector = questions::AnswerSelector::learn(features, records, selecting);
  if (!options.held_out.empty()) print_measures(selector, features, options);
  AtomicDirectory out(options.out);
  features.save(out.path());
  selector.save(out.path());
  out.commit();
  fmt::print("{}\n", options.out);
  return 0;
}

}  // namespace

Runner set_up_questions_features(CLI::App& app) {
  auto options = std::make_shared<FeaturesOptions>();
  app.description("Learn parts of speech, entity classes and what people ask about from records and WordNet; no tagged corpus is needed");
  app.add_option("--input", options->input, "Records {context, answer, answer_start}")->required();
  app.add_option("--out", options->out, "Directory to write")->required();
  app.add_option("--wordnet", options->wordnet, "WordNet's database (Debian: wordnet-base)")->capture_default_str();
  app.add_option("--tagged", options->tagged, "Sentences tagged by hand, word/tag: measure on them");
  app.add_option("--held-out", options->held_out, "Records of other articles: measure the choice of answers on them");
  app.add_option("--threads", options->threads, "Threads (0: all cores); the result does not depend on them")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  return [options] { return run_features(*options); };
}

}  // namespace fathom::cli
