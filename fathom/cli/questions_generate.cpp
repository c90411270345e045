// fathom questions generate: questions about the pages of an index or of files, or for answers that are given
// (docs/question-generation.md).
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fathom/base/error.h"
#include "fathom/base/file.h"
#include "fathom/base/progress.h"
#include "fathom/cli/index_commands.h"
#include "fathom/cli/log_commands.h"
#include "fathom/cli/question_model.h"
#include "fathom/cli/questions_commands.h"
#include "fathom/data/records.h"
#include "fathom/enrichment/answer_finder.h"
#include "fathom/enrichment/context_questions.h"
#include "fathom/enrichment/generate_pairs.h"
#include "fathom/index/document_store.h"

namespace fathom::cli {
namespace {

struct GenerateCommandOptions {
  std::vector<std::string> inputs;
  std::string out;
  QuestionModelOptions model;
  enrichment::GenerateOptions generate;
  bool no_check = false, skip_bad = false;
};

bool is_index(const std::string& input) { return std::filesystem::exists(std::filesystem::path(input) / index::store_file); }

// An index of files, which the questions have to find their way back in; gone at the end.
class TemporaryIndex {
 public:
  explicit TemporaryIndex(const GenerateCommandOptions& options) {
    // Beside the output, where there is room for results; the name is this process's.
    const std::filesystem::path out(options.out);
    directory_ = out.parent_path() / fmt::format(".{}.index-{}", out.filename().string(), ::getpid());
    search::IndexBuildOptions build;
    build.inputs = options.inputs;
    build.threads = options.model.compute.threads;
    build.read.on_bad = options.skip_bad ? data::OnBad::skip : data::OnBad::fail;
    build.read.report_bad = [](const std::string& what) { fmt::print(stderr, "fathom: left out: {}\n", what); };
    if (!options.model.compute.quiet) fmt::print(stderr, "fathom: making an index of the pages, to search them\n");
    search::build_index(build, directory_);
  }
  ~TemporaryIndex() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  TemporaryIndex(const TemporaryIndex&) = delete;
  TemporaryIndex& operator=(const TemporaryIndex&) = delete;
  const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
};

int ask_contexts(const GenerateCommandOptions& options) {
  const auto generator = open_question_generator(options.model);
  Progress progress("questions", 0, "record", options.model.compute.quiet);
  const enrichment::ContextQuestionReport report = enrichment::generate_for_contexts(
      options.inputs.front(), *generator, options.generate.n_best, options.out, [&](std::int64_t done) { progress.update(done); });
  progress.finish();
  fmt::print("{}: {} records", options.out, report.records);
  if (report.without_question > 0) fmt::print(", {} of them without a question: the model found none", report.without_question);
  fmt::print("\n");
  return 0;
}

int ask_pages(const GenerateCommandOptions& options, const std::filesystem::path& directory) {
  // Questions that the index has already would find themselves.
  search::Searcher searcher(directory, {.questions = false});
  const auto generator = open_question_generator(options.model);
  enrichment::GenerateOptions generate = options.generate;
  generate.check = !options.no_check;
  generate.threads = options.model.compute.threads;
  std::int64_t pages = 0;
  searcher.with_view([&](const search::Searcher::View& view) { pages = view.reader.state().pages; });
  Progress progress("questions", pages, "page", options.model.compute.quiet);
  generate.progress = [&](std::int64_t done, std::int64_t) { progress.update(done); };
  AtomicFile file(options.out);
  const enrichment::GenerateReport report =
      enrichment::generate_pairs(searcher, enrichment::selected_answers(options.model.model), *generator, generate,
                                 [&](const enrichment::QuestionPair& pair) { file.write(enrichment::to_json(pair).dump() + "\n"); });
  progress.finish();
  fmt::print(stderr, "fathom: {}\n", enrichment::describe(report));
  require(report.kept > 0, "{}: nothing was written, as no question is left", options.out);
  file.commit();
  fmt::print("{}: {} questions\n", options.out, report.kept);
  return 0;
}

int run_generate(const GenerateCommandOptions& options) {
  if (options.generate.n_best > options.model.beam)
    fail_usage("--n-best {} asks for more questions than --beam {} follows", options.generate.n_best, options.model.beam);
  require_other_file(options.out, options.inputs);
  for (const std::string& input : options.inputs) require(std::filesystem::exists(input), "{}: there is no such file or directory", input);
  if (options.inputs.size() == 1) {
    const std::string& input = options.inputs.front();
    if (is_index(input)) return ask_pages(options, input);
    if (data::is_record_file(input) && !std::filesystem::is_directory(input) && enrichment::has_contexts(input))
      return ask_contexts(options);
  }
  const TemporaryIndex made(options);
  return ask_pages(options, made.directory());
}

}  // namespace

Runner set_up_questions_generate(CLI::App& app) {
  auto options = std::make_shared<GenerateCommandOptions>();
  enrichment::GenerateOptions& generate = options->generate;
  app.description("Write questions about pages, each with its answer, or a question for each answer that is given");
  options->model.add_to(app);
  app.add_option("--input", options->inputs,
                 "An index; files and folders of pages, as for `fathom index build`; or JSONL of context, answer and answer_start")
      ->required()
      ->expected(1, -1);
  app.add_option("--out", options->out, "File to write (JSONL)")->required();
  app.add_option("--per-page", generate.per_page, "Questions of a page, at most")->check(check_positive)->capture_default_str();
  app.add_option("--candidates", generate.candidates, "Answers of a page that are asked for, at most (0: three times --per-page)")
      ->check(check_not_negative)
      ->capture_default_str();
  app.add_option("--n-best", generate.n_best, "Questions an answer")->check(check_positive)->capture_default_str();
  app.add_option("--pages", generate.round_trip.pages, "A question is kept when its page is among so many results of a search for it")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--passages", generate.round_trip.passages, "… and the sentence or answer among so many passages (fathom ask)")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_flag("--no-check", options->no_check, "Keep questions that do not lead back to their page and sentence");
  app.add_flag("--skip-bad", options->skip_bad, "Pass over pages that cannot be read, and say so");
  return [options] { return run_generate(*options); };
}

}  // namespace fathom::cli
