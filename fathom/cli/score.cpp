// fathom score: generated texts against references.
//   fathom score --generated ours.jsonl base.jsonl --references test.jsonl --lower-case
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/file.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/light_commands.h"
#include "fathom/questions/text_scores.h"

namespace fathom::cli {
namespace {

struct ScoreCommandOptions {
  std::vector<std::string> generated, references;
  std::string field = "question", words = "spaces", wordnet = text::WordNet::default_directory, sentences;
  questions::ScoreOptions score;
  bool json = false;
};

int run_score(ScoreCommandOptions& options) {
  options.score.words = options.words == "penn" ? questions::ScoreWords::penn : questions::ScoreWords::spaces;
  if (options.wordnet != "none") options.score.net = std::make_shared<const text::WordNet>(text::WordNet::open(options.wordnet));
  const questions::GeneratedTexts texts = questions::read_generated_texts(
      {options.generated.begin(), options.generated.end()}, {options.references.begin(), options.references.end()}, options.field);
  std::vector<questions::SystemScores> scores;
  for (const std::vector<std::string>& system : texts.systems)
    scores.push_back(questions::score_texts(system, texts.references, options.score));
  if (!options.sentences.empty()) write_file_atomically(options.sentences, questions::sentence_scores(texts, scores, options.generated));
  const OrderedJson report = questions::score_report(texts, scores, options.generated, options.score);
  fmt::print("{}", options.json ? report.dump(2) + "\n" : questions::score_table(report));
  return 0;
}

}  // namespace

Runner set_up_score(CLI::App& app) {
  auto options = std::make_shared<ScoreCommandOptions>();
  app.description("Score generated texts against references: BLEU, METEOR, ROUGE-L, question types; further systems against the first");
  app.add_option("--generated", options->generated, "One file a system: a text a line, or JSONL records with the text under --field")
      ->required();
  app.add_option("--references", options->references,
                 "The same for the references; several files, a list under --field or several records of one id give several references")
      ->required();
  app.add_option("--field", options->field, "Key of the text in JSONL records")->capture_default_str();
  app.add_option("--words", options->words, "How texts become words: spaces (they are tokenised already), penn (the Penn Treebank's words)")
      ->check(CLI::IsMember({"spaces", "penn"}))
      ->capture_default_str();
  app.add_flag("--lower-case", options->score.lower_case, "Lower-case texts and references first");
  app.add_option("--wordnet", options->wordnet, "Directory of WordNet's database for METEOR's synonyms; none: without synonyms")
      ->capture_default_str();
  app.add_option("--resamples", options->score.resamples, "Resamples of the intervals and paired tests")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--seed", options->score.seed, "Seed of the resamples")->capture_default_str();
  app.add_option("--sentences", options->sentences, "JSONL file to write with the scores of each text");
  app.add_flag("--json", options->json, "Print the scores as JSON");
  return [options] { return run_score(*options); };
}

}  // namespace fathom::cli
