// fathom index enrich and suggest: generated questions in an index (docs/question-generation.md).
#include <fmt/format.h>

#include <memory>

#include "fathom/base/error.h"
#include "fathom/cli/common_options.h"
#include "fathom/cli/index_commands.h"
#include "fathom/enrichment/enrich_index.h"

namespace fathom::cli {
namespace {

struct EnrichOptions {
  std::string index, questions, queries, judgements;
  double weight = 1.0;
  std::int64_t per_page = 5;
  bool clear = false;
};

void check(const EnrichOptions& options) {
  if (options.clear == !options.questions.empty())
    fail_usage("either --questions FILE, what `fathom questions generate` wrote, or --clear is needed");
  if (options.queries.empty() != options.judgements.empty()) fail_usage("--queries and --qrels belong together: give both or neither");
}

void report(const EnrichOptions& options, const enrichment::EnrichmentReport& done, const char* what) {
  if (done.unknown_pages > 0)
    fmt::print(stderr, "fathom: {} questions left out: {} does not have their pages\n", done.unknown_pages, options.index);
  if (done.unknown_sentences > 0)
    fmt::print(stderr, "fathom: {} questions left out: their pages do not have the sentences any more\n", done.unknown_sentences);
  fmt::print("{} questions of {} pages {}\n", done.questions, done.pages, what);
}

int run_enrich(const EnrichOptions& options) {
  check(options);
  if (options.clear) {
    fmt::print("{} pages are found by their own text only again\n", enrichment::clear_enrichment(options.index));
    return 0;
  }
  const std::vector<enrichment::QuestionPair> pairs = enrichment::read_question_pairs(options.questions);
  const auto enrich = [&] {
    report(options, enrichment::enrich_index(options.index, pairs, options.weight), "are searched with their text");
  };
  if (options.queries.empty()) {
    enrich();
    return 0;
  }
  const std::vector<search::JudgedQuery> queries = search::read_judged_queries(options.queries, options.judgements);
  search::Searcher searcher(options.index);
  const search::Evaluation before = search::evaluate(searcher, queries);
  enrich();
  print_evaluation(with_baseline(search::evaluate(searcher, queries), before));
  return 0;
}

int run_suggest(const EnrichOptions& options) {
  check(options);
  if (options.clear) {
    fmt::print("the questions of {} pages are not shown any more\n", enrichment::clear_suggestions(options.index));
    return 0;
  }
  report(options, enrichment::suggest_questions(options.index, enrichment::read_question_pairs(options.questions), options.per_page),
         "are shown beside results");
  return 0;
}

std::shared_ptr<EnrichOptions> with_questions(CLI::App& app) {
  auto options = std::make_shared<EnrichOptions>();
  app.add_option("--index", options->index, "Directory that `fathom index build` wrote")->required();
  app.add_option("--questions", options->questions,
                 "What `fathom questions generate` wrote; a page's questions take the place of those it had");
  app.add_flag("--clear", options->clear, "Take the questions of all pages away again");
  return options;
}

}  // namespace

Runner set_up_index_enrich(CLI::App& app) {
  app.description("Let BM25 find pages by generated questions as well (doc2query); what is shown of a page stays as it is");
  auto options = with_questions(app);
  app.add_option("--weight", options->weight, "How much a word of a question counts; one of the text counts 1")
      ->check(check_between(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--queries", options->queries, "Judged queries (JSONL) to measure the index on before and after");
  app.add_option("--qrels", options->judgements, "Their judgements (TREC or BEIR)");
  return [options] { return run_enrich(*options); };
}

Runner set_up_index_suggest(CLI::App& app) {
  app.description("Show generated questions with their answers beside the results of related searches (people also ask)");
  auto options = with_questions(app);
  app.add_option("--per-page", options->per_page, "Questions of a page, at most: the first in the file")
      ->check(check_positive)
      ->capture_default_str();
  return [options] { return run_suggest(*options); };
}

}  // namespace fathom::cli
